package dev.tandem.weights.published;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * How images become inputs of a published net, whose file does not tell it: by the conventions of the program that
 * trained it.
 *
 * @param input the inputs
 * @param mean where the mean comes from, in words
 */
record PublishedInput(ImageInput input, String mean) {
    /** torchvision's, of ImageNet's red, green and blue, from 0 to 1. */
    private static final double[] MEANS = {0.485, 0.456, 0.406};

    private static final double[] DEVIATIONS = {0.229, 0.224, 0.225};

    /** The means of Caffe's mean image, red, green and blue, from 0 to 255. */
    private static final double[] CAFFE_MEANS = {122.67891434, 116.66876762, 104.00698793};

    private static final int WHITE = 255;

    /** What MatConvNet calls its mean image. */
    static final String AVERAGE_IMAGE = "averageImage";

    /** How images become inputs of a net with the names of Caffe's or torchvision's by {@code recipe}. */
    static PublishedInput of(TensorFile file, Recipe recipe, Optional<Path> mean) {
        return of(file, recipe, CAFFE_MEANS, mean);
    }

    /**
     * How images become inputs of nets by {@code recipe}.
     *
     * @param means red, green and blue, from 0 to 255, of a net that is compared with a mean image, if there is none
     */
    static PublishedInput of(TensorFile file, Recipe recipe, double[] means, Optional<Path> mean) {
        Preprocessing preprocessing = recipe.preprocessing().withResize(resize(recipe.name()));
        if (preprocessing.pixels() == Pixels.STANDARDIZED_CHANNELS) {
            if (mean.isPresent()) {
                throw Misfit.of(
                        file.file(),
                        "recipe " + recipe.name() + " compares images with the mean of each channel",
                        "the mean image " + mean.get(),
                        "none",
                        "Leave out --mean");
            }
            double[] own = Arrays.stream(MEANS).map(value -> value * WHITE).toArray();
            return of(preprocessing, MeanImage.everywhere(own, preprocessing.imageSize(), "ImageNet's channel means"));
        }
        MeanImage compared = mean.map(path -> MeanImage.read(path, preprocessing.imageSize()))
                .or(() -> ofFile(file, preprocessing.imageSize()))
                .orElseGet(() -> MeanImage.everywhere(
                        means,
                        preprocessing.imageSize(),
                        "ImageNet's channel means everywhere, as no mean image was given"));
        return of(preprocessing, compared);
    }

    private static Optional<MeanImage> ofFile(TensorFile file, int side) {
        return file.tensors().stream()
                .filter(tensor -> tensor.name().equals(AVERAGE_IMAGE))
                .findFirst()
                .map(tensor -> MeanImage.ofMatlab(file.file(), tensor, side));
    }

    private static PublishedInput of(Preprocessing preprocessing, MeanImage mean) {
        double[] covariance = new double[DEVIATIONS.length * DEVIATIONS.length];
        for (int channel = 0; channel < DEVIATIONS.length; channel++) {
            double deviation = DEVIATIONS[channel] * WHITE;
            covariance[channel * (DEVIATIONS.length + 1)] = deviation * deviation;
        }
        PixelStatistics statistics =
                new PixelStatistics(preprocessing.imageSize(), 0, mean.elements(), mean.channelMeans(), covariance);
        return new PublishedInput(
                new ImageInput(preprocessing, statistics, true, ImageInput.MAXIMUM_PIXELS), mean.note());
    }

    private static Resize resize(String recipe) {
        return switch (recipe) {
            case "owt" -> Resize.TORCHVISION;
            case "caffe", "caffenet" -> Resize.STRETCH;
            default -> Resize.SHORTER_SIDE;
        };
    }
}
