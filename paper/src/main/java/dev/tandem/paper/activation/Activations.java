package dev.tandem.paper.activation;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.train.Placement;
import dev.tandem.paper.data.BalancedImages;
import dev.tandem.paper.picture.ExperimentFolder;
import dev.tandem.run.Photographs;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Why ReLU (paper, section 3.1), in four experiments on plain chains of layers: gradients through depth, saturation, the
 * zig-zag of all-positive inputs, and units that die. Each leaves its figures and a picture.
 */
public final class Activations {
    private static final int MOST_IMAGES = 1000;
    private static final int BATCH = 64;

    private Activations() {}

    /**
     * How the experiments are done.
     *
     * @param depth hidden layers through which gradients are followed, 2 or more
     * @param epochs of the trainings, 1 or more
     * @param rate of the training in which saturation is watched
     * @param deadlyRate of the training in which units die
     */
    public record Options(int depth, int epochs, double rate, double deadlyRate) {
        /** Twelve layers, 30 epochs. */
        public static final Options DEFAULTS = new Options(12, 30, 0.1, 0.08);

        public Options {
            if (depth < 2 || depth > 100 || epochs < 1 || !(rate > 0) || !(deadlyRate > 0)) {
                throw TandemException.argument(
                        "paper activations",
                        "a number out of range",
                        depth + " layers, " + epochs + " epochs, rates " + rate + " and " + deadlyRate,
                        "2 to 100 layers, 1 epoch or more, rates above 0",
                        "The defaults are 12 layers, 30 epochs, rates 0.1 and 0.08");
            }
        }
    }

    /**
     * Does all four on the photographs of {@code tandem}'s configuration.
     *
     * @param out where the results go
     * @param progress of the first look at the photographs
     * @param said is given a line for each experiment
     * @return the files that were written
     */
    public static List<Path> run(
            Tandem tandem, Options options, Path out, ScanProgress progress, Consumer<String> said) {
        TandemConfig config = tandem.config();
        Placement placement = tandem.placement();
        ExperimentFolder folder = new ExperimentFolder(out);
        List<Path> written = new ArrayList<>();
        long seed = config.train().seed();
        try (ImageFolder data = new Photographs(config).open(Chain.PREPROCESSING, Optional.empty(), false, progress)) {
            BalancedImages images = BalancedImages.of(data, MOST_IMAGES);
            int batch = Math.min(BATCH, data.trainingSize());
            said.accept("Gradients through " + options.depth() + " layers");
            DepthGradients gradients = DepthGradients.measure(placement, images, options.depth(), seed);
            write(folder, "gradients", gradients, gradients.picture(), written);
            said.accept("Saturation over " + options.epochs() + " epochs");
            Saturation saturation =
                    Saturation.measure(placement, data, images, options.rate(), options.epochs(), batch, seed);
            write(folder, "saturation", saturation, saturation.picture(), written);
            said.accept("The zig-zag of all-positive inputs");
            ZigZag zigZag = ZigZag.measure(tandem.devices().get(0), seed);
            write(folder, "zig-zag", zigZag, zigZag.picture(), written);
            said.accept("Units that die at a rate of " + options.deadlyRate());
            DeadUnits dead =
                    DeadUnits.measure(placement, data, images, options.deadlyRate(), options.epochs(), batch, seed);
            write(folder, "dead-units", dead, dead.picture(), written);
        }
        return written;
    }

    private static void write(
            ExperimentFolder folder, String name, Object figures, BufferedImage picture, List<Path> written) {
        written.add(folder.writeJson(name, figures));
        written.add(folder.writePicture(name, picture));
    }
}
