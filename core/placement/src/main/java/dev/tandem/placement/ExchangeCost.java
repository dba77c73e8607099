package dev.tandem.placement;

import dev.tandem.spi.TandemException;

/**
 * What Spark itself costs in a round, apart from the network. It follows from how fast a core packs numbers: constants
 * fitted on one machine, where rounds of 1, 5, 20 and 50 local steps were measured.
 *
 * @param roundSeconds of a round that exchanges next to nothing: broadcasts, two stages of tasks, their results
 * @param bytesPerSecond at which one core turns numbers into what Spark sends, or back
 */
public record ExchangeCost(double roundSeconds, double bytesPerSecond) {
    /** What {@link #of} is given where nothing was measured, in bytes a second. */
    public static final double ASSUMED_PACKING = 650e6;

    /**
     * Two executors of one core each and the driver on the loopback of a machine with two cores, recipe {@code paper}:
     * rounds of several steps (456 MB of state) took 10.0 to 12.4 s besides steps where a core packs 390 MB/s.
     */
    private static final double PACKINGS_OF_A_BYTE = 1.9;

    /** A round that exchanges nothing takes as long as packing this many bytes: 0.2 to 0.3 s. */
    private static final double BYTES_OF_ROUND = 65e6;

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

    /**
     * On machines of this speed.
     *
     * @param packing bytes a second that a core packs for the way and unpacks again, above 0; {@code check} on Spark measures
     *     it
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if it is not
     */
    public static ExchangeCost of(double packing) {
        if (!(packing > 0 && packing < Double.POSITIVE_INFINITY)) {
            throw TandemException.argument(
                    "plan",
                    "rate of packing not above 0",
                    packing + " B/s",
                    "above 0",
                    "Pass what a core packs: check on Spark measures it");
        }
        double bytesPerSecond = packing / PACKINGS_OF_A_BYTE;
        return new ExchangeCost(BYTES_OF_ROUND / bytesPerSecond, bytesPerSecond);
    }
}
