package dev.tandem.analysis.explain;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the evidence for a class lies, by the maps of a layer (Grad-CAM; Selvaraju et al., 2017): the sum of the maps,
 * each weighted by the mean over its places of the gradient of the class's score, and 0 where that is below 0. The score
 * is the network's output before softmax. The paper's layer is the last convolution behind its ReLU, {@code relu5}:
 * {@link MapLayers#activated}.
 */
public final class GradCam {
    private GradCam() {}

    /**
     * The heatmap of each row with data, over the pixels of the batch's first input, {@code (N, C, H, W)}. Its numbers
     * are 0 or more; all are 0 if no place speaks for the class.
     *
     * @param network the network that {@code model} is
     * @param layer a layer with maps
     * @param labels the class of each row with data
     * @throws dev.tandem.spi.TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if the layer has no
     *     maps, or if {@code labels} are not a class for each row
     */
    public static List<Heatmap> of(Network network, PlacedModel model, String layer, HostBatch batch, int[] labels) {
        Shape maps = new MapLayers(network, batch.shapes()).shape(layer);
        float[] values = model.features(batch, layer);
        float[] gradient = model.gradient(batch, layer, labels);
        List<Heatmap> heatmaps = new ArrayList<>();
        for (int row = 0; row < batch.rows(); row++) {
            heatmaps.add(Heatmap.spread(
                    evidence(values, gradient, maps, row),
                    maps.dim(3),
                    maps.dim(2),
                    batch.shape().dim(3),
                    batch.shape().dim(2)));
        }
        return heatmaps;
    }

    private static float[] evidence(float[] values, float[] gradient, Shape maps, int row) {
        int places = maps.dim(2) * maps.dim(3);
        float[] sum = new float[places];
        for (int map = 0; map < maps.dim(1); map++) {
            int from = (row * maps.dim(1) + map) * places;
            double weight = 0;
            for (int place = 0; place < places; place++) {
                weight += gradient[from + place] / places;
            }
            for (int place = 0; place < places; place++) {
                sum[place] += (float) (weight * values[from + place]);
            }
        }
        for (int place = 0; place < places; place++) {
            sum[place] = Math.max(0, sum[place]);
        }
        return sum;
    }
}
