package dev.tandem.placement;

import dev.tandem.spi.TandemException;

/**
 * What Spark itself costs in a round, apart from the network: measured on one machine, where nothing crosses a network.
 *
 * @param roundSeconds of a round that exchanges next to nothing: broadcasts, two stages of tasks, their results
 * @param bytesPerSecond at which one core turns numbers into what Spark sends, or back
 */
public record ExchangeCost(double roundSeconds, double bytesPerSecond) {
    /**
     * Two executors of one core each and the driver on the loopback of a machine with two cores: recipe {@code paper} at
     * batch 128. Rounds of one local step (20.5 MB go through the driver) took 0.6 s besides computing gradients, of
     * which 0.19 s are the update; rounds of five (455 MB) took 6.9 s. That is two equations for the two numbers.
     */
    public static final ExchangeCost MEASURED = new ExchangeCost(0.15, 350e6);

    public ExchangeCost {
        if (!(roundSeconds >= 0) || !(bytesPerSecond > 0)) {
            throw TandemException.argument(
                    "plan",
                    "cost of an exchange out of range",
                    roundSeconds + " s, " + bytesPerSecond + " B/s",
                    "0 s or more, above 0 B/s",
                    "");
        }
    }
}
