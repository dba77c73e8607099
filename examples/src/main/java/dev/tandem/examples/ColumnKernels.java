package dev.tandem.examples;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Trainer;
import dev.tandem.run.picture.KernelPicture;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Shape;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;

/**
 * Trains the small net with its two columns on two devices, and draws the first layer's kernels of each column side by
 * side, a row for each seed, to see whether one column turns to colour and the other away from it (paper, section 6.1
 * and figure 3): {@code ColumnKernels DATA EPOCHS SEEDS PICTURE.png}.
 */
public final class ColumnKernels {
    static final String TWO_DEVICES = "tandem { backend = cpu, cpu.devices = 2, placement.strategy = columns }";
    private static final int COLUMNS = 2;
    private static final int CAPTION = 24;
    private static final int BETWEEN = 30;

    private ColumnKernels() {}

    /**
     * What a seed led to.
     *
     * @param weights the first layer's, {@code shape (K, 3, h, w)}
     * @param top1Error after the last epoch, 0 to 1; null without validation images
     */
    record Trained(long seed, Shape shape, float[] weights, Double top1Error) {
        int perColumn() {
            return shape.dim(0) / COLUMNS;
        }

        /** The mean colourfulness of a column's kernels. */
        double colourfulness(int column) {
            return kernels(column).average().orElseThrow();
        }

        /** The standard error of the difference of the columns' means, were the kernels independent. */
        double standardError() {
            double variances = 0;
            for (int column = 0; column < COLUMNS; column++) {
                double mean = colourfulness(column);
                variances += kernels(column)
                                .map(value -> (value - mean) * (value - mean))
                                .sum()
                        / (perColumn() - 1);
            }
            return Math.sqrt(variances / perColumn());
        }

        private DoubleStream kernels(int column) {
            return IntStream.range(column * perColumn(), (column + 1) * perColumn())
                    .mapToDouble(k -> ColumnKernels.colourfulness(weights, shape, k));
        }
    }

    public static void main(String[] args) throws IOException {
        long[] seeds = LongStream.rangeClosed(1, Integer.parseInt(args[2])).toArray();
        Sizes sizes = Sizes.small();
        ImageIO.write(
                picture(train(TWO_DEVICES, Path.of(args[0]), sizes, Integer.parseInt(args[1]), seeds)),
                "png",
                Path.of(args[3]).toFile());
    }

    static List<Trained> train(String settings, Path data, Sizes sizes, int epochs, long... seeds) {
        List<Trained> all = new ArrayList<>();
        var preprocessing = Recipes.SMALL.preprocessing(sizes);
        try (Tandem tandem = Tandem.configure(settings);
                var images = ImageFolder.open(data, preprocessing)) {
            Recipe recipe = Recipes.SMALL
                    .recipe(images.classNames().size(), sizes)
                    .withEpochs(epochs)
                    .withBatch(Math.min(Recipes.SMALL.recipe(2, sizes).batch(), images.trainingSize()));
            for (long seed : seeds) {
                Trained one = train(tandem, recipe, images, seed);
                all.add(one);
                System.out.printf(
                        Locale.ROOT,
                        "seed %d: colourfulness %.3f and %.3f, difference %.3f with standard error %.3f; top-1 error %s%n",
                        seed,
                        one.colourfulness(0),
                        one.colourfulness(1),
                        one.colourfulness(1) - one.colourfulness(0),
                        one.standardError(),
                        one.top1Error());
            }
        }
        return all;
    }

    private static Trained train(Tandem tandem, Recipe recipe, ImageFolder images, long seed) {
        try (PlacedModel model = tandem.placement().place(recipe)) {
            model.initialize(seed);
            Trainer trainer = new Trainer(recipe, model, images, (epoch, state, trained) -> {});
            var history = trainer.train(trainer.begin(seed)).history();
            ParameterSpec first = model.parameters().get(0);
            Double error = history.get(history.size() - 1).top1Error();
            return new Trained(seed, first.shape(), model.read(first.name()), error);
        }
    }

    /**
     * The share of kernel {@code k}'s energy (the sum of its squares) that is orthogonal to grey, the direction (1,
     * 1, 1): 0 for a kernel that sees brightness alone, 1 for one that does not see it, 2/3 on average for random
     * weights.
     *
     * @param weights of {@code shape (K, 3, h, w)}
     */
    static double colourfulness(float[] weights, Shape shape, int k) {
        int plane = shape.dim(2) * shape.dim(3);
        double energy = 0;
        double grey = 0;
        for (int pixel = k * 3 * plane; pixel < (k * 3 + 1) * plane; pixel++) {
            double red = weights[pixel];
            double green = weights[pixel + plane];
            double blue = weights[pixel + 2 * plane];
            energy += red * red + green * green + blue * blue;
            grey += (red + green + blue) * (red + green + blue) / 3;
        }
        return energy == 0 ? 0 : 1 - grey / energy;
    }

    /** A row for each seed, a block for each column. */
    static BufferedImage picture(List<Trained> rows) {
        List<List<BufferedImage>> blocks =
                rows.stream().map(row -> List.of(block(row, 0), block(row, 1))).toList();
        int width = blocks.get(0).get(0).getWidth();
        int height = blocks.get(0).get(0).getHeight() + CAPTION;
        BufferedImage picture = new BufferedImage(
                BETWEEN + COLUMNS * (width + BETWEEN), rows.size() * (height + BETWEEN), BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = picture.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, picture.getWidth(), picture.getHeight());
        canvas.setColor(Color.BLACK);
        for (int row = 0; row < rows.size(); row++) {
            int y = BETWEEN / 2 + row * (height + BETWEEN);
            for (int column = 0; column < COLUMNS; column++) {
                int x = BETWEEN + column * (width + BETWEEN);
                Trained trained = rows.get(row);
                String caption = String.format(
                        Locale.ROOT,
                        "seed %d, column %d: colourfulness %.3f",
                        trained.seed(),
                        column + 1,
                        trained.colourfulness(column));
                canvas.drawString(caption, x + 4, y + CAPTION - 8);
                canvas.drawImage(blocks.get(row).get(column), x, y + CAPTION, null);
            }
        }
        canvas.dispose();
        return picture;
    }

    private static BufferedImage block(Trained trained, int column) {
        return KernelPicture.block(
                trained.weights(), trained.shape(), column * trained.perColumn(), trained.perColumn());
    }
}
