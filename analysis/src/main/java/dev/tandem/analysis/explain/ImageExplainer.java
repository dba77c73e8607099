package dev.tandem.analysis.explain;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Predictions;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.Prediction;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Finds out what a trained model sees in images, one after the other. It does not close the model. */
public final class ImageExplainer {
    private static final int LIKELIEST = 5;

    /** Enough for full speed; more would only take memory. */
    private static final int ROWS = 64;

    private final TrainedModel trained;
    private final SeenImage seen;
    private final Shape sample;
    private final MapLayers maps;
    private final String layer;
    private final OcclusionMap occlusion;

    /**
     * An explainer.
     *
     * @param input how the images became inputs of the model
     * @param layer the layer whose maps Grad-CAM weighs: of a convolution, the activation behind it is taken; null is
     *     the last convolution
     * @param occlusion the square that is hidden; null is the usual one for the size of the input
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if the layer has no maps, or the
     *     square does not fit
     */
    public ImageExplainer(
            TrainedModel trained, ImageInput input, @Nullable String layer, @Nullable OcclusionMap occlusion) {
        this.trained = trained;
        this.seen = new SeenImage(input);
        this.sample = trained.recipe().input(1).withoutBatch();
        this.maps = new MapLayers(
                trained.recipe().network(), List.of(trained.recipe().input(1)));
        this.layer = maps.activated(layer == null ? maps.lastConvolution() : layer);
        this.occlusion = occlusion == null ? OcclusionMap.forSide(sample.dim(1)) : occlusion;
        this.occlusion.windows(sample);
    }

    /** The layer whose maps Grad-CAM weighs. */
    public String layer() {
        return layer;
    }

    /** The square that is hidden. */
    public OcclusionMap occlusion() {
        return occlusion;
    }

    /** How many places the square has in an image. */
    public int windows() {
        return occlusion.windows(sample);
    }

    /** The layers that have maps, in the network's order. */
    public List<String> layersWithMaps() {
        return maps.names();
    }

    /** The shape of the maps of a layer for one image, {@code (K, H, W)}. */
    public Shape shape(String ofLayer) {
        return maps.shape(ofLayer).withoutBatch();
    }

    /** The maps of a layer for one image, row-major. */
    public float[] maps(String ofLayer, float[] image) {
        return model().features(batch(image), ofLayer);
    }

    /**
     * Explains one image.
     *
     * @param image the network's input for the centre crop
     * @param own the name of the class that it is of; null if that is not known
     * @param label the class to explain; null is the likeliest
     * @param progress gets how many places more of the square are done
     */
    public Explanation explain(float[] image, @Nullable String own, @Nullable Integer label, IntConsumer progress) {
        Loss loss = trained.recipe().training().loss();
        HostBatch batch = batch(image);
        int classes = trained.classNames().size();
        double[] probabilities = Predictions.mean(model().predictions(batch, loss), 0, 1, classes);
        List<Prediction> likeliest = Prediction.likeliest(probabilities, trained.classNames(), LIKELIEST);
        Prediction explained = label == null
                ? likeliest.get(0)
                : new Prediction(trained.classNames().get(label), label, probabilities[label]);
        Heatmap gradCam = GradCam.of(trained.recipe().network(), model(), layer, batch, new int[] {explained.label()})
                .get(0);
        Heatmap hidden = occlusion.of(model(), loss, sample, image, explained.label(), ROWS, progress);
        return new Explanation(seen.of(image), likeliest, own, explained, layer, gradCam, occlusion, hidden);
    }

    private PlacedModel model() {
        return trained.model();
    }

    private HostBatch batch(float[] image) {
        HostBatch batch = new HostBatch(sample.batchOf(1));
        batch.images().put(image);
        return batch;
    }
}
