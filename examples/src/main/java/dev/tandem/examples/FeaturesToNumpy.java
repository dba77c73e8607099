package dev.tandem.examples;

import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Writes what a layer makes of images, for NumPy: {@code FeaturesToNumpy CHECKPOINT LAYER FILE IMAGE...}. In Python:
 * {@code safetensors.numpy.load_file(FILE)[LAYER]}, a row an image.
 */
public final class FeaturesToNumpy {
    public static void main(String[] args) {
        List<Path> images = Arrays.stream(args).skip(3).map(Path::of).toList();
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                Classifier photos = tandem.open(Path.of(args[0]))) {
            write(photos, args[1], images, Path.of(args[2]));
        }
    }

    static void write(Classifier photos, String layer, List<Path> images, Path file) {
        float[][] features = photos.features(layer, images);
        int length = features[0].length;
        float[] rows = new float[images.size() * length];
        for (int i = 0; i < features.length; i++) {
            System.arraycopy(features[i], 0, rows, i * length, length);
        }
        Shape shape = Shape.of(images.size(), length);
        Safetensors.write(file, Map.of(), List.of(new Safetensors.Entry(layer, shape, () -> rows)));
    }
}
