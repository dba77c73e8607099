package dev.tandem.nn.schedule;

import dev.tandem.spi.TandemException;

/** Checks the numbers of schedules when they are made. */
final class ScheduleArguments {
    private ScheduleArguments() {}

    /** Checks that {@code rate} is a finite number above 0. */
    static void requirePositive(double rate) {
        if (!(rate > 0) || Double.isInfinite(rate)) {
            throw TandemException.argument(
                    "schedule",
                    "rate or factor not above 0",
                    rate,
                    "a finite number above 0",
                    "The paper starts at 0.01");
        }
    }
}
