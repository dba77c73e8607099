package dev.tandem.weights.export.onnx;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.spi.Shape;
import dev.tandem.weights.export.source.PixelArithmetic;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How images become inputs: as the first nodes of a graph, and in words. */
final class OnnxPreprocessing {
    static final String PIXELS = "pixels";

    private static final int COLOURS = Preprocessing.COLOUR;

    private OnnxPreprocessing() {}

    /**
     * Adds the nodes, and the graph's input, whole numbers from 0 to 255: inputs of another range have another type.
     *
     * @param images what the network's input is called
     */
    static void addTo(OnnxGraph graph, ImageInput input, String images) {
        PixelArithmetic arithmetic = PixelArithmetic.of(input);
        int crop = input.preprocessing().cropSize();
        graph.input(PIXELS, OnnxGraph.UINT8, Shape.of(COLOURS, crop, crop));
        String numbers =
                graph.node("Cast", PIXELS + "/numbers", List.of(PIXELS), OnnxAttribute.number("to", OnnxGraph.FLOAT));
        String mean = graph.initializer("preprocessing/mean", Shape.of(1, COLOURS, crop, crop), arithmetic::meanCrop);
        boolean ends = !arithmetic.scales() && !arithmetic.isGrey();
        String distance = graph.node("Sub", ends ? images : PIXELS + "/distance", List.of(numbers, mean));
        if (ends) {
            return;
        }
        float[] factors = arithmetic.scale();
        if (arithmetic.isGrey()) {
            for (int i = 0; i < factors.length; i++) {
                factors[i] *= PixelArithmetic.luminance()[i];
            }
        }
        String scale = graph.initializer("preprocessing/scale", Shape.of(1, COLOURS, 1, 1), () -> factors);
        String scaled = graph.node("Mul", arithmetic.isGrey() ? PIXELS + "/scaled" : images, List.of(distance, scale));
        if (arithmetic.isGrey()) {
            graph.node("ReduceSum", images, List.of(scaled, graph.wholeNumbers(PIXELS + "/channels", 1)));
        }
    }

    /** What a reader of the file has to know, in words. */
    static Map<String, String> words(ImageInput input, boolean withPreprocessing) {
        Preprocessing preprocessing = input.preprocessing();
        boolean meanImage = preprocessing.pixels() == Pixels.MEAN_IMAGE;
        int size = preprocessing.imageSize();
        Map<String, String> words = new LinkedHashMap<>();
        words.put(
                "preprocessing",
                withPreprocessing
                        ? "in the graph: give it the crop's pixels as they are"
                        : "to be done before: (pixel - mean) / deviation");
        words.put("preprocessing.resize", PixelArithmetic.resizeInWords(preprocessing));
        words.put("preprocessing.crop", "the centre, " + preprocessing.cropSize() + " x " + preprocessing.cropSize());
        words.put("preprocessing.layout", "N, channel, row, column");
        words.put(
                "preprocessing.channel_order",
                withPreprocessing || preprocessing.channels() == COLOURS ? "RGB" : "grey: 0.299 R + 0.587 G + 0.114 B");
        words.put("preprocessing.pixel_range", "0 to 255");
        words.put("preprocessing.mean", each(input.statistics().channels(), input.statistics()::channelMean));
        if (meanImage) {
            words.put(
                    "preprocessing.mean_image",
                    "subtract the mean image's pixel at the same place, not the mean above: the centre of " + size
                            + " x " + size + " in the JSON of tandem.export, meanImage, base64 of float32");
        }
        words.put(
                "preprocessing.deviation",
                meanImage
                        ? each(input.statistics().channels(), channel -> 1)
                        : each(input.statistics().channels(), input.statistics()::channelDeviation));
        return words;
    }

    private static String each(int channels, IntToDoubleFunction number) {
        return IntStream.range(0, channels)
                .mapToObj(channel -> Double.toString(number.applyAsDouble(channel)))
                .collect(Collectors.joining(", "));
    }
}
