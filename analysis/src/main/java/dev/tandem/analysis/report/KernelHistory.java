package dev.tandem.analysis.report;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.run.RunFolder;
import dev.tandem.run.picture.KernelPicture;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * The kernels of the first layer as they were over a run, as in the paper's figure 3: those of the first column above
 * those of the second.
 *
 * @param parameter the parameter's name
 * @param height of a kernel, in weights
 * @param width of a kernel, in weights
 * @param channels 3 for kernels in colour, 1 for grey ones
 * @param columns 2 if the network is divided into two columns as the paper's, or 1
 * @param perColumn kernels of each column
 * @param perRow kernels in a row of the pictures
 * @param gap transparent pixels around kernels in the pictures; between the columns three times as many
 * @param states in the order of the epochs
 * @param change for each kernel, the length of its change from the first to the last state relative to its length in
 *     the first; null for one that was zero there, and empty with one state alone
 */
public record KernelHistory(
        String parameter,
        int height,
        int width,
        int channels,
        int columns,
        int perColumn,
        int perRow,
        int gap,
        List<State> states,
        List<@Nullable Double> change) {
    private static final String BEST = ", best";
    private static final int GAP = 1;
    private static final int MOST_STATES = 12;
    private static final int MOST_PIXELS = 4_000_000;

    /**
     * The kernels at one moment.
     *
     * @param label {@code start}, {@code epoch 4}, {@code epoch 4, best}
     * @param epoch finished epochs
     * @param image a PNG picture as a data URI, a pixel for each weight, each kernel scaled to its own range
     */
    public record State(String label, int epoch, String image) {}

    private record Moment(String label, float[] weights) {}

    /**
     * The kernels of a run; empty if its first parameter is no kernels over an image of one or three channels.
     *
     * @param recipe the run's
     * @param config the run's
     * @param notes gets what is missing
     */
    static Optional<KernelHistory> of(RunFolder run, Recipe recipe, TandemConfig config, List<String> notes) {
        ParameterSpec first = recipe.network().parameters(recipe.inputs(1)).get(0);
        Shape shape = first.shape();
        if (!KernelPicture.isPossible(shape)) {
            notes.add("There are no pictures of kernels: the first parameter, " + first.name() + ", is " + shape
                    + ", and no kernels over an image of one or three channels");
            return Optional.empty();
        }
        if (shape.elements() > MOST_PIXELS) {
            notes.add("There are no pictures of kernels: " + first.name() + " has too many weights, " + shape);
            return Optional.empty();
        }
        int kernels = shape.dim(0);
        int columns = KernelPicture.columns(recipe.network(), kernels);
        TreeMap<Integer, Moment> moments = moments(run, first, config, notes);
        if (moments.isEmpty()) {
            return Optional.empty();
        }
        List<State> states = new ArrayList<>();
        moments.forEach((epoch, moment) -> states.add(new State(
                moment.label(), epoch, "data:image/png;base64," + png(picture(moment.weights(), shape, columns)))));
        List<@Nullable Double> change = moments.size() == 1
                ? List.of()
                : change(
                        moments.firstEntry().getValue().weights(),
                        moments.lastEntry().getValue().weights(),
                        kernels);
        return Optional.of(new KernelHistory(
                first.name(),
                shape.dim(2),
                shape.dim(3),
                shape.dim(1),
                columns,
                kernels / columns,
                KernelPicture.perRow(kernels / columns),
                GAP,
                states,
                change));
    }

    private static TreeMap<Integer, Moment> moments(
            RunFolder run, ParameterSpec first, TandemConfig config, List<String> notes) {
        TreeMap<Integer, Path> files = new TreeMap<>();
        TreeMap<Integer, String> labels = new TreeMap<>();
        boolean imported = false;
        for (Path file : run.checkpointsToResume()) {
            try (Checkpoint opened = Checkpoint.open(file)) {
                int epoch = opened.state().history().size();
                imported |= opened.state().isImported();
                if (opened.state().hasLearned() && opened.state().batchInEpoch() == 0) {
                    files.putIfAbsent(epoch, file);
                    labels.putIfAbsent(epoch, imported ? "imported" : "epoch " + epoch);
                    if (file.equals(run.checkpoint("best"))) {
                        labels.put(epoch, labels.get(epoch) + BEST);
                    }
                }
            } catch (TandemException e) {
                notes.add("The kernels of a checkpoint are missing: " + e.getMessage());
            }
        }
        thin(files, labels, notes);
        TreeMap<Integer, Moment> moments = new TreeMap<>();
        files.forEach((epoch, file) -> {
            try (Checkpoint opened = Checkpoint.open(file)) {
                float[] weights = opened.readParameter(first.name());
                if (weights.length == first.shape().elements()) {
                    moments.put(epoch, new Moment(labels.get(epoch), weights));
                } else {
                    notes.add("The kernels of " + file.getFileName() + " are missing: they are of another size");
                }
            } catch (TandemException e) {
                notes.add("The kernels of a checkpoint are missing: " + e.getMessage());
            }
        });
        if (imported) {
            notes.add("The kernels have no start: the weights were imported");
        } else if (config.train().transfer().from().isPresent()) {
            notes.add("The kernels have no start: the run began with the weights of "
                    + config.train().transfer().from().get());
        } else {
            moments.putIfAbsent(
                    0, new Moment("start", first.initialValues(config.train().seed())));
        }
        return moments;
    }

    /** Leaves out checkpoints that are between others, if they are many, but not the best. */
    static void thin(TreeMap<Integer, Path> files, Map<Integer, String> labels, List<String> notes) {
        int all = files.size();
        if (all > MOST_STATES) {
            List<Integer> epochs = List.copyOf(files.keySet());
            Set<Integer> kept = IntStream.range(0, MOST_STATES)
                    .mapToObj(i -> epochs.get(i * (all - 1) / (MOST_STATES - 1)))
                    .collect(Collectors.toSet());
            files.keySet()
                    .removeIf(
                            epoch -> !kept.contains(epoch) && !labels.get(epoch).endsWith(BEST));
            notes.add("The kernels are shown at " + files.size() + " of " + all + " checkpoints");
        }
    }

    /** The length of each kernel's change relative to its length before. */
    static List<@Nullable Double> change(float[] before, float[] after, int kernels) {
        int length = before.length / kernels;
        List<@Nullable Double> change = new ArrayList<>();
        for (int kernel = 0; kernel < kernels; kernel++) {
            double moved = 0;
            double squares = 0;
            for (int i = kernel * length; i < (kernel + 1) * length; i++) {
                double difference = (double) after[i] - before[i];
                moved += difference * difference;
                squares += (double) before[i] * before[i];
            }
            change.add(squares == 0 ? null : (Double) Math.sqrt(moved / squares));
        }
        return change;
    }

    private static BufferedImage picture(float[] weights, Shape shape, int columns) {
        int perColumn = shape.dim(0) / columns;
        int perRow = KernelPicture.perRow(perColumn);
        int rows = (perColumn + perRow - 1) / perRow;
        int cellWidth = shape.dim(3) + GAP;
        int cellHeight = shape.dim(2) + GAP;
        int apart = rows * cellHeight + 2 * GAP;
        BufferedImage picture = new BufferedImage(
                perRow * cellWidth + GAP, (columns - 1) * apart + rows * cellHeight + GAP, BufferedImage.TYPE_INT_ARGB);
        for (int kernel = 0; kernel < shape.dim(0); kernel++) {
            int place = kernel % perColumn;
            int left = GAP + place % perRow * cellWidth;
            int top = GAP + kernel / perColumn * apart + place / perRow * cellHeight;
            BufferedImage drawn = KernelPicture.kernel(weights, kernel, shape);
            for (int y = 0; y < drawn.getHeight(); y++) {
                for (int x = 0; x < drawn.getWidth(); x++) {
                    picture.setRGB(left + x, top + y, drawn.getRGB(x, y));
                }
            }
        }
        return picture;
    }

    private static String png(BufferedImage picture) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
