package dev.tandem.run.watch;

import org.jspecify.annotations.Nullable;

/**
 * A run in a line. Errors and shares are 0 to 1, times are in seconds, moments are ISO 8601 in UTC; null is what is not
 * known.
 *
 * @param id its folder's path in the folder of runs, with {@code /} between names
 * @param name the last part of the id
 * @param state what it does
 * @param recipe the recipe's name
 * @param data the folder of photographs that it was begun with
 * @param classes how many classes there are
 * @param seed of everything random
 * @param epoch epochs that are done
 * @param epochs epochs in all, as planned
 * @param step share of the epoch under way that is trained; null if it does not run
 * @param bestError the least validation top-1 error
 * @param bestEpoch the epoch of that
 * @param lastError the newest validation top-1 error
 * @param trainingLoss the newest training loss
 * @param imagesPerSecond the newest training images per second
 * @param dataWaitShare the newest share of the training time spent waiting for data
 * @param seconds wall time of all epochs
 * @param started when it was begun
 * @param updated when one of its files was last written
 * @param remainingSeconds time to the end; null if it does not run
 * @param problem why it is unreadable; null if it is not
 */
public record RunSummary(
        String id,
        String name,
        RunState state,
        @Nullable String recipe,
        @Nullable String data,
        @Nullable Integer classes,
        @Nullable Long seed,
        int epoch,
        @Nullable Integer epochs,
        @Nullable Double step,
        @Nullable Double bestError,
        @Nullable Integer bestEpoch,
        @Nullable Double lastError,
        @Nullable Double trainingLoss,
        @Nullable Double imagesPerSecond,
        @Nullable Double dataWaitShare,
        double seconds,
        @Nullable String started,
        @Nullable String updated,
        @Nullable Double remainingSeconds,
        @Nullable String problem) {}
