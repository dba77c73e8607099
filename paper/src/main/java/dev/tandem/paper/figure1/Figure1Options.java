package dev.tandem.paper.figure1;

import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * What figure 1 compares, and how.
 *
 * @param functions which, each once
 * @param rates the grid of learning rates, above 0, in ascending order
 * @param goal the training error to reach, 0 to 1
 * @param epochs the most epochs of a trial
 * @param patience epochs at chance after which a rate is given up
 * @param images the most training images that the error is measured on
 */
public record Figure1Options(
        List<Function> functions, List<Double> rates, double goal, int epochs, int patience, int images) {
    /** As the paper: to 25 % error; rates of 0.00025 to 0.016 in factors of 2, at most 60 epochs, 10,000 images. */
    public static final Figure1Options DEFAULTS = new Figure1Options(
            List.of(Function.values()),
            List.of(0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016),
            0.25,
            60,
            5,
            10_000);

    public Figure1Options {
        functions = functions.stream().distinct().sorted().toList();
        rates = rates.stream().distinct().sorted().toList();
        if (functions.isEmpty() || rates.isEmpty()) {
            throw TandemException.argument(
                    "figure 1", "nothing to compare", functions + " at rates " + rates, "one or more of both", "");
        }
        if (!rates.stream().allMatch(rate -> rate > 0 && rate <= 1000)) {
            throw TandemException.argument(
                    "figure 1",
                    "a learning rate out of range",
                    rates,
                    "above 0 to 1000",
                    "The recipes for CIFAR-10 have 0.001");
        }
        if (images < 1) {
            throw TandemException.argument(
                    "figure 1", "no images to measure the error on", images, "1 or more", "10000 are exact to 0.5 %");
        }
    }
}
