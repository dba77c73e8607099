package dev.tandem.runtime;

import dev.tandem.nn.data.Views;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.Predictions;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A trained model that names the classes of images, made of a checkpoint alone: {@link Tandem#open}.
 *
 * <p>It is thread-safe: any number of threads may share it. One thread drives the model; requests that wait at the same
 * time are computed together, up to {@link ClassifierOptions#batch} rows at once. An answer has the same bits however it
 * was batched: the arithmetic of libraries depends on how many rows a batch has, so only {@link #batchSizes} are
 * computed, which make no difference. What waits is bounded: a call waits for room in the queue, for {@link
 * ClassifierOptions#queueWait} at most; those that answer later do not wait at all.
 *
 * <p>An image is the bytes of a file, a stream of them (which stays open), the path of a file, an image in memory, or a
 * {@code float[]}, the network's input itself. In lists they may be mixed. Files are decoded by the caller's thread,
 * those of a list by several.
 *
 * <p>Every method throws a {@link TandemException}: {@link dev.tandem.spi.ErrorCode#INVALID_DATA} for what is no usable
 * image, {@link dev.tandem.spi.ErrorCode#BUSY} if the queue stays full, {@link
 * dev.tandem.spi.ErrorCode#INVALID_ARGUMENT} for a call after {@link #close}.
 */
public final class Classifier implements AutoCloseable {
    private final ServedModel served;
    private final Views views;

    private Classifier(ServedModel served, Views views) {
        this.served = served;
        this.views = views;
    }

    /**
     * Opens a checkpoint.
     *
     * @param path a checkpoint, a file of weights that a provider on the class path opens, or the folder of a run, of
     *     which the best checkpoint is taken, or else the last
     * @param placement where the model goes; its devices stay open for as long as the classifier
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if it is damaged, not trained yet,
     *     or does not say what its model is; ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) if no provider on
     *     the class path makes its recipe
     */
    public static Classifier open(Path path, Placement placement, ClassifierOptions options) {
        SavedModel saved = SavedModel.open(path, placement, options);
        try {
            return new Classifier(new ServedModel(saved, options), options.views());
        } catch (RuntimeException | Error e) {
            saved.model().close();
            throw e;
        }
    }

    /** This classifier, its model and its queue, with other crops of an image; closing either closes both. */
    public Classifier withViews(Views other) {
        return new Classifier(served, other);
    }

    /** The {@code top} likeliest classes of an image file, the likeliest first; all if there are fewer. */
    public List<Prediction> classify(byte[] image, int top) {
        return one(image, top);
    }

    /** The {@code top} likeliest classes of an image file that is read to its end, at most 64 MB. */
    public List<Prediction> classify(InputStream image, int top) {
        return one(image, top);
    }

    /** The {@code top} likeliest classes of an image file. */
    public List<Prediction> classify(Path image, int top) {
        return one(image, top);
    }

    /** The {@code top} likeliest classes of an image in memory, whose pixels are taken as they are stored there. */
    public List<Prediction> classify(BufferedImage image, int top) {
        return one(image, top);
    }

    /** The {@code top} likeliest classes of a network input, row-major. */
    public List<Prediction> classify(float[] input, int top) {
        return one(input, top);
    }

    /**
     * The {@code top} likeliest classes of each image, in the order of the list; they are computed in batches.
     *
     * @param images of any of the kinds above
     */
    public List<List<Prediction>> classify(List<?> images, int top) {
        requireTop(top);
        return served.outputs(images, ServedModel.PREDICTIONS, views).stream()
                .map(rows -> likeliest(rows, top))
                .toList();
    }

    /**
     * What a layer of the network makes of the centre crop of each image, row-major.
     *
     * @param layer the name of a layer, merge or block in the network, such as {@code fc7}: its own output, without the
     *     activation behind it, which is a layer of its own, such as {@code relu7}
     * @param images of any of the kinds above
     */
    public float[][] features(String layer, List<?> images) {
        served.requireLayer(layer);
        return served.outputs(images, layer, Views.CENTRE).toArray(float[][]::new);
    }

    /**
     * As {@link #classify(List, int)}, without a thread that waits: each image's answer or failure comes later, on a
     * thread of the classifier's, which is to be left again soon. An image whose answer is cancelled while it waits is not
     * decoded.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#BUSY}) at once if there is no room in the queue for all
     */
    public List<CompletableFuture<List<Prediction>>> classifyAsync(List<?> images, int top) {
        requireTop(top);
        return served.outputsAsync(images, ServedModel.PREDICTIONS, views, rows -> likeliest(rows, top));
    }

    /** As {@link #features}, without a thread that waits, as {@link #classifyAsync} does it. */
    public List<CompletableFuture<float[]>> featuresAsync(String layer, List<?> images) {
        served.requireLayer(layer);
        return served.outputsAsync(images, layer, Views.CENTRE, rows -> rows);
    }

    private List<Prediction> one(Object image, int top) {
        requireTop(top);
        return likeliest(served.outputs(image, ServedModel.PREDICTIONS, views), top);
    }

    private static void requireTop(int top) {
        if (top < 1) {
            throw TandemException.argument("classify", "too few classes asked for", top, "1 or more", "");
        }
    }

    private List<Prediction> likeliest(float[] rows, int top) {
        int classes = classNames().size();
        double[] mean = Predictions.mean(rows, 0, rows.length / classes, classes);
        return Prediction.likeliest(mean, classNames(), top);
    }

    /** The classes, in the order of their labels. */
    public List<String> classNames() {
        return served.saved().classNames();
    }

    /** What the model was trained by. */
    public Recipe recipe() {
        return served.saved().recipe();
    }

    /** How many images so far were marked by EXIF as stored turned or mirrored. */
    public long turned() {
        return served.turned();
    }

    /**
     * The rows of each batch that is computed, rising; they give the same bits. The largest is tried when the classifier
     * is opened, the smaller ones while nothing waits after the second batch; a call tries the rest and waits for it.
     */
    public List<Integer> batchSizes() {
        return served.sizes();
    }

    /** What has been computed so far. */
    public ComputedRows computed() {
        return served.computed();
    }

    /** How many rows wait to be computed now, a row a view, those whose images are decoded now among them. */
    public int waiting() {
        return served.waiting();
    }

    /**
     * Waits for the calls under way, then closes the model. Later calls are refused; closing twice does nothing.
     */
    @Override
    public void close() {
        served.close();
    }
}
