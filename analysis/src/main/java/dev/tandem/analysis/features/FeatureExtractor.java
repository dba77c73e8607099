package dev.tandem.analysis.features;

import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.run.TrainedModel;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Optional;

/**
 * Computes what a layer of a trained model makes of images: its own output, without the activation behind it, which is a
 * layer of its own, such as {@code relu7}. Workers decode ahead of the model.
 *
 * <p>An image's place in its batch depends on its position alone. So the same images give the same bits, also from a
 * later batch on.
 */
public final class FeatureExtractor {
    private final TrainedModel trained;
    private final ImageInput input;
    private final String layer;
    private final Views views;
    private final int images;
    private final LoadOptions options;
    private final Shape shape;

    /**
     * An extractor; it does not close the model.
     *
     * @param input how files become inputs of the model
     * @param layer a layer, merge or block of the network
     * @param views crops of an image, whose features are averaged
     * @param rows what the model was placed for, at least as many as there are views
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if there is no such layer
     */
    public FeatureExtractor(
            TrainedModel trained, ImageInput input, String layer, Views views, int rows, LoadOptions options) {
        this.trained = trained;
        this.input = input;
        this.layer = layer;
        this.views = views;
        this.images = rows / views.count();
        this.options = options;
        Shape one = trained.recipe().input(1);
        this.shape =
                trained.recipe().network().withOutputs(layer).outputShape(one).withoutBatch();
        if (images < 1 || rows % views.count() != 0) {
            throw TandemException.argument(
                    "features", "the batch does not hold whole images", rows, "a multiple of " + views.count(), "");
        }
    }

    /** The shape of an image's features. */
    public Shape shape() {
        return shape;
    }

    /** How many images are computed at once. */
    public int imagesAtOnce() {
        return images;
    }

    /** Computes the images from position {@code first} on, a multiple of {@link #imagesAtOnce}, or their end. */
    public void extract(UnlabelledImages from, int first, FeatureSink sink) {
        int length = shape.arrayLength();
        float[] mean = new float[views.count() == 1 ? 0 : length];
        int position = first;
        try (BatchStream batches = from.batches(input, views, images * views.count(), first, options)) {
            for (HostBatch batch = batches.next(); batch != null; batch = batches.next()) {
                float[] features = trained.model().features(batch, layer);
                int count = batch.rows() / views.count();
                batches.recycle(batch);
                for (int image = 0; image < count; image++, position++) {
                    Optional<String> reason = from.takeUnusable(position);
                    if (reason.isPresent()) {
                        sink.unusable(position, reason.get());
                    } else if (views.count() == 1) {
                        sink.row(position, features, image * length);
                    } else {
                        average(features, image * views.count() * length, mean);
                        sink.row(position, mean, 0);
                    }
                }
                sink.reached(position);
            }
        }
    }

    private void average(float[] features, int at, float[] mean) {
        for (int i = 0; i < mean.length; i++) {
            double sum = 0;
            for (int view = 0; view < views.count(); view++) {
                sum += features[at + view * mean.length + i];
            }
            mean[i] = (float) (sum / views.count());
        }
    }
}
