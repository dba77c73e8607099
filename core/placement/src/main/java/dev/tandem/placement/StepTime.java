package dev.tandem.placement;

import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Training;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.function.Function;

/**
 * A prediction of one training step's time: the busiest device's arithmetic, then everything that crosses between
 * devices over one shared bus, without overlap.
 *
 * @param computeSeconds arithmetic of the busiest device
 * @param transferSeconds bytes that cross, over the bus
 */
public record StepTime(double computeSeconds, double transferSeconds) {
    /** What the devices and the bus between them can do. */
    public record Machine(double flopsPerSecond, double bytesPerSecond) {
        public Machine {
            if (!(flopsPerSecond > 0) || !(bytesPerSecond > 0)) {
                throw TandemException.argument(
                        "plan",
                        "rate not above 0",
                        flopsPerSecond + " FLOP/s, " + bytesPerSecond + " B/s",
                        "above 0",
                        "Pass the arithmetic that one device sustains, and the bandwidth of the bus");
            }
        }
    }

    /**
     * Predicts a step of {@code network} of one input, on {@code batch} images of shape {@code image (C, H, W)}, as the
     * paper trains.
     */
    public static StepTime predict(
            Network network,
            Shape image,
            Function<Network, PlacementTable> table,
            int devices,
            int batch,
            Machine machine) {
        return predict(network, List.of(image), Training.paper(), table, devices, batch, machine);
    }

    /**
     * Predicts a step of {@code network} over {@code devices}.
     *
     * @param samples the shape of a sample of each input, without the batch axis
     * @param batch images in all, {@code 2 * devices} or more
     */
    public static StepTime predict(
            Network network,
            List<Shape> samples,
            Training training,
            Function<Network, PlacementTable> table,
            int devices,
            int batch,
            Machine machine) {
        if (devices < 1 || batch < 2 * devices) {
            throw TandemException.argument(
                    "plan",
                    "too few images or devices",
                    batch + " over " + devices,
                    "1 device or more, twice as many images",
                    "Use more images a step, or fewer devices");
        }
        // Both costs are linear in the batch: two small dry runs give the line.
        Forecast one = Forecast.of(network, batches(samples, devices), training, table, devices);
        Forecast two = Forecast.of(network, batches(samples, 2 * devices), training, table, devices);
        double times = batch / (double) devices;
        double multiplyAdds = onLine(busiest(one), busiest(two), times);
        double bytes = onLine(one.crossedBytes(), two.crossedBytes(), times);
        return new StepTime(2 * multiplyAdds / machine.flopsPerSecond(), bytes / machine.bytesPerSecond());
    }

    private static List<Shape> batches(List<Shape> samples, int images) {
        return samples.stream().map(sample -> sample.batchOf(images)).toList();
    }

    private static long busiest(Forecast forecast) {
        return forecast.devices().stream()
                .mapToLong(DeviceForecast::multiplyAdds)
                .max()
                .orElseThrow();
    }

    private static double onLine(long atOne, long atTwo, double times) {
        return atOne + (times - 1) * (atTwo - atOne);
    }

    /** The whole step. */
    public double seconds() {
        return computeSeconds + transferSeconds;
    }
}
