package dev.tandem.weights.caffe;

import java.util.Map;

/** The types of layers of the older generation, which have numbers. */
final class V1LayerType {
    private static final Map<Long, String> NAMES = Map.ofEntries(
            Map.entry(1L, "Accuracy"),
            Map.entry(3L, "Concat"),
            Map.entry(4L, "Convolution"),
            Map.entry(5L, "Data"),
            Map.entry(6L, "Dropout"),
            Map.entry(8L, "Flatten"),
            Map.entry(12L, "ImageData"),
            Map.entry(14L, "InnerProduct"),
            Map.entry(15L, "LRN"),
            Map.entry(17L, "Pooling"),
            Map.entry(18L, "ReLU"),
            Map.entry(20L, "Softmax"),
            Map.entry(21L, "SoftmaxWithLoss"),
            Map.entry(22L, "Split"),
            Map.entry(25L, "Eltwise"),
            Map.entry(33L, "Slice"),
            Map.entry(39L, "Deconvolution"));

    private V1LayerType() {}

    /** The name that the newer generation has for the type, or the number. */
    static String name(long number) {
        return NAMES.getOrDefault(number, Long.toString(number));
    }
}
