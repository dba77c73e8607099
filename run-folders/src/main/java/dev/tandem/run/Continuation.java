package dev.tandem.run;

import dev.tandem.nn.train.RunEvent;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Optional;

/**
 * What is different when a run goes on.
 *
 * @param events settings that were changed; their steps are filled in
 * @param before the configuration as it was, if its epochs were changed
 * @param rateAsked whether a rate was asked for, so that it may rise
 */
public record Continuation(List<RunEvent> events, Optional<TandemConfig> before, boolean rateAsked) {
    /**
     * What has changed since the run was begun.
     *
     * @param before the run's configuration
     * @param now the one to go on with
     * @param override whether epochs and learning rate may be others
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for a setting that must not be another, or not
     *     without {@code override}
     */
    public static Continuation of(TandemConfig before, TandemConfig now, boolean override) {
        List<RunEvent> events = ResumedSettings.changes(before, now, override);
        return new Continuation(
                events,
                ResumedSettings.isLengthened(before, now) ? Optional.of(before) : Optional.empty(),
                ResumedSettings.isRateAsked(events));
    }

    /**
     * What has changed since a run was begun that is compared with others: nothing that decides over its weights.
     *
     * @param operation what is done with the run, for the message
     * @param before the run's configuration
     * @param now the one to go on with
     * @param advice what to do otherwise
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for a setting that decides over the weights, or
     *     when training ends, and is another
     */
    public static Continuation unchanged(String operation, TandemConfig before, TandemConfig now, String advice) {
        ResumedSettings.requireSame(operation, before, now, advice);
        return of(before, now, false);
    }
}
