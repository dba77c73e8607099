package dev.tandem.web.service;

import dev.tandem.spi.TandemException;
import io.javalin.http.Context;
import io.javalin.http.ServiceUnavailableResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Answers that a classifier gives later; no thread waits for them. */
final class LaterAnswers {
    private static final int MOST_SECONDS = 60;

    private LaterAnswers() {}

    /** Runs {@code answer} when all have come or failed. */
    static void answer(Context request, List<? extends CompletableFuture<?>> parts, Runnable answer) {
        CompletableFuture<Void> all = CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
        request.future(() -> all.handle((done, failure) -> null)
                .orTimeout(MOST_SECONDS, TimeUnit.SECONDS)
                .exceptionally(late -> {
                    // What nothing waits for any more is not computed.
                    parts.forEach(part -> part.cancel(false));
                    throw late instanceof TimeoutException
                            ? new ServiceUnavailableResponse("the net has not answered within a minute")
                            : new CompletionException(late);
                })
                .thenRun(answer));
    }

    /** Why a part failed; null if it did not. What is not the client's fault is thrown. */
    static String misuse(CompletableFuture<?> part) {
        try {
            part.join();
            return null;
        } catch (CompletionException e) {
            if (e.getCause() instanceof TandemException known && known.code().isMisuse()) {
                return known.getMessage();
            }
            throw e;
        }
    }
}
