package dev.tandem.weights.export;

import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.load.CropWriter;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.recipe.Recipe;

/** What Tandem makes of a decoded square, and the pixels of its centre crop. */
final class Inputs {
    private Inputs() {}

    static float[] of(Recipe recipe, byte[] square) {
        Preprocessing preprocessing = recipe.preprocessing();
        float[] input = new float[preprocessing.sampleShape().arrayLength()];
        new CropWriter(
                        preprocessing,
                        new TrainingStatistics(RandomModel.input(preprocessing).statistics()))
                .writeViews(square, Views.CENTRE, input, 0);
        return input;
    }

    static byte[] crop(Recipe recipe, byte[] square) {
        int side = recipe.preprocessing().imageSize();
        int crop = recipe.preprocessing().cropSize();
        int from = Squaring.of(recipe.preprocessing()).centre();
        byte[] cut = new byte[3 * crop * crop];
        for (int row = 0; row < 3 * crop; row++) {
            int at = (row / crop * side + from + row % crop) * side + from;
            System.arraycopy(square, at, cut, row * crop, crop);
        }
        return cut;
    }
}
