package dev.tandem.web.server;

import dev.tandem.spi.TandemException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of a failure: {@code {"error": "..."}}, never a stack trace. */
final class Errors {
    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);
    private static final int BAD_REQUEST = 400;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int INTERNAL = 500;
    private static final int UNAVAILABLE = 503;

    private Errors() {}

    static void addTo(RoutesConfig routes) {
        routes.exception(TandemException.class, (e, request) -> {
            int status = status(e);
            if (status == TOO_MANY_REQUESTS) {
                request.header("Retry-After", "1");
            }
            if (status >= INTERNAL) {
                LOG.warn("{} {}: {}", request.method(), request.path(), e.getMessage());
            }
            answer(request, status, e.getMessage());
        });
        routes.exception(HttpResponseException.class, (e, request) -> answer(request, e.getStatus(), e.getMessage()));
        routes.exception(Exception.class, (e, request) -> {
            LOG.warn("{} {}", request.method(), request.path(), e);
            answer(request, INTERNAL, "the server failed; its log says why");
        });
        routes.error(404, request -> {
            if (request.result() == null || !request.res().getContentType().contains("json")) {
                answer(request, 404, "nothing is here: " + request.path());
            }
        });
    }

    private static int status(TandemException e) {
        return switch (e.code()) {
            case BUSY -> TOO_MANY_REQUESTS;
            case OUT_OF_MEMORY -> UNAVAILABLE;
            default -> e.code().isMisuse() ? BAD_REQUEST : INTERNAL;
        };
    }

    private static void answer(Context request, int status, String message) {
        request.status(status).json(Map.of("error", String.valueOf(message)));
    }
}
