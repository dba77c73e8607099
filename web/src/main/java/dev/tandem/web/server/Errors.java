package dev.tandem.web.server;

import dev.tandem.spi.TandemException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import jakarta.servlet.ServletException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.HttpException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of a failure: {@code {"error": "..."}}, never a stack trace. */
final class Errors {
    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);
    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int INTERNAL = 500;
    private static final int UNAVAILABLE = 503;
    private static final String HOW_TO_ENTER =
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Token</title>"
                    + "<h1>This needs the token</h1><p>Open the address that was printed when the server started: it ends in"
                    + " <code>?token=...</code>. Programs send the header <code>Authorization: Bearer TOKEN</code>.</p>";

    private Errors() {}

    static void addTo(RoutesConfig routes) {
        routes.exception(HttpResponseException.class, (e, request) -> answer(request, e));
        routes.exception(Exception.class, (e, request) -> answer(request, e));
    }

    private static void answer(Context request, Throwable e) {
        if (e instanceof TandemException known) {
            int status = status(known);
            if (status >= INTERNAL) {
                LOG.warn("{} {}: {}", request.method(), request.path(), known.getMessage());
            }
            answer(request, status, known.getMessage());
        } else if (e instanceof HttpResponseException known) {
            answer(request, known);
        } else if (e instanceof HttpException known && known.getCode() < INTERNAL) {
            answer(request, known.getCode(), known.getReason());
        } else if ((e instanceof CompletionException || e instanceof ServletException) && e.getCause() != null) {
            answer(request, e.getCause());
        } else {
            LOG.warn("{} {}", request.method(), request.path(), e);
            answer(request, INTERNAL, "the server failed; its log says why");
        }
    }

    private static void answer(Context request, HttpResponseException e) {
        if (e.getStatus() == UNAUTHORIZED) {
            request.header("WWW-Authenticate", "Bearer");
            String accepted = request.header("Accept");
            if (accepted != null && accepted.contains("text/html")) {
                request.status(UNAUTHORIZED).html(HOW_TO_ENTER);
                return;
            }
        }
        if (e.getStatus() == METHOD_NOT_ALLOWED) {
            request.header("Allow", e.getDetails().values().stream().findFirst().orElse("GET, HEAD"));
        }
        answer(request, e.getStatus(), e.getMessage());
    }

    private static int status(TandemException e) {
        return switch (e.code()) {
            case BUSY -> TOO_MANY_REQUESTS;
            case OUT_OF_MEMORY -> UNAVAILABLE;
            default -> e.code().isMisuse() ? BAD_REQUEST : INTERNAL;
        };
    }

    private static void answer(Context request, int status, String message) {
        if (status == TOO_MANY_REQUESTS || status == UNAVAILABLE) {
            request.header("Retry-After", "1");
        }
        request.status(status).json(Map.of("error", String.valueOf(message)));
    }
}
