package dev.tandem.weights.export.caffe;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.file.ProtoMessage;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.LayerStep;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Window;
import dev.tandem.weights.export.source.ExportSource;
import dev.tandem.weights.export.source.ExportedTensor;
import dev.tandem.weights.export.source.PixelArithmetic;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a net of Caffe takes: blue, green and red from 0 to 255, the mean of the binaryproto subtracted. Where the first
 * convolution's last windows reach beyond the edge, so many rows and columns of zeros are appended, as Caffe pads all
 * sides alike.
 */
final class CaffeInput {
    static final String DATA = "data";

    private final Optional<ImageInput> images;
    private final Shape sample;
    private final int appended;
    private String first = DATA;

    CaffeInput(ExportSource source) {
        Recipe recipe = source.recipe();
        this.images = source.side().description().input();
        this.sample = recipe.samples().get(0);
        if (recipe.samples().size() > 1 || recipe.network().outputs().size() > 1) {
            throw CaffeLayers.unknown("the network", "several inputs or outputs");
        }
        this.appended = appended(recipe.network());
    }

    /** The greatest hang of the convolutions that take the input; a smaller one is refused when it is written. */
    private int appended(Network network) {
        return network.nodes().stream()
                .filter(CaffeInput::takesInput)
                .mapToInt(step -> step instanceof LayerStep one && one.layer() instanceof Convolution conv
                        ? Window.over(
                                                sample.dim(1),
                                                sample.dim(2),
                                                conv.size(),
                                                conv.stride(),
                                                conv.padding(),
                                                conv.rounding())
                                        .padBottom()
                                - conv.padding()
                        : 0)
                .max()
                .orElse(0);
    }

    private static boolean takesInput(Step step) {
        return step.inputs().contains(Network.INPUT);
    }

    private boolean isColour() {
        return images.isPresent() && sample.dim(0) == Preprocessing.COLOUR;
    }

    /** Checks that a step that takes the input takes it in Caffe's order and size. */
    void requireFits(Step step) {
        boolean plain = step instanceof LayerStep one && one.layer() instanceof Convolution conv && conv.groups() == 1;
        if (takesInput(step) && !plain && (isColour() || appended > 0)) {
            throw CaffeLayers.unknown(step.name(), "a layer other than a convolution that takes the image");
        }
    }

    /** How many rows and columns of zeros {@code bottom} has at its end. */
    int appended(String bottom) {
        return bottom.equals(first) ? appended : 0;
    }

    /** Whether {@code bottom} is the input in blue, green, red. */
    boolean isBlueFirst(String bottom) {
        return isColour() && bottom.equals(first);
    }

    /** Weights {@code (O, 3, h, w)}, whose input channels are reversed. */
    static ExportedTensor reversed(ExportedTensor weight) {
        int plane = weight.shape().dim(2) * weight.shape().dim(3);
        return new ExportedTensor(weight.name(), weight.shape(), () -> {
            float[] elements = weight.elements().get();
            for (int kernel = 0; kernel < elements.length; kernel += 3 * plane) {
                for (int i = kernel; i < kernel + plane; i++) {
                    float red = elements[i];
                    elements[i] = elements[i + 2 * plane];
                    elements[i + 2 * plane] = red;
                }
            }
            return elements;
        });
    }

    /** Adds the layers before the network; returns what its input is called. */
    String addTo(CaffeGraph graph) {
        StringBuilder shape = new StringBuilder("input_param { shape: { dim: 1");
        for (int axis = 0; axis < sample.rank(); axis++) {
            shape.append(" dim: ").append(sample.dim(axis) + (axis > 0 ? appended : 0));
        }
        graph.layer("Input", DATA, List.of(), shape.append(" } }").toString());
        Optional<PixelArithmetic> scaled = images.map(PixelArithmetic::of).filter(PixelArithmetic::scales);
        scaled.ifPresent(arithmetic -> first = scale(graph, arithmetic));
        return first;
    }

    /** By the deviations: channel by channel, as a layer without weights. */
    private static String scale(CaffeGraph graph, PixelArithmetic arithmetic) {
        float[] scales = arithmetic.scale();
        String name = DATA + "/scaled";
        if (arithmetic.isGrey()) {
            return graph.layer("Power", name, List.of(DATA), "power_param { scale: " + scales[0] + " }");
        }
        List<String> channels = List.of(DATA + "/blue", DATA + "/green", DATA + "/red");
        graph.layers("Slice", DATA + "/channels", List.of(DATA), channels, "slice_param { axis: 1 }");
        List<String> parts = IntStream.range(0, scales.length)
                .mapToObj(i -> graph.layer(
                        "Power",
                        channels.get(i) + "/scaled",
                        List.of(channels.get(i)),
                        "power_param { scale: " + scales[scales.length - 1 - i] + " }"))
                .toList();
        return graph.layer("Concat", name, parts, "");
    }

    /** What a user of the net has to do with an image, a step in each line. */
    List<String> steps(String meanFile) {
        if (images.isEmpty()) {
            return List.of();
        }
        Preprocessing preprocessing = images.get().preprocessing();
        List<String> steps = new ArrayList<>();
        steps.add("resize: " + PixelArithmetic.resizeInWords(preprocessing));
        steps.add("crop: the centre, " + preprocessing.cropSize() + " x " + preprocessing.cropSize());
        steps.add("channels: " + (isColour() ? "blue, green, red" : "grey, 0.299 R + 0.587 G + 0.114 B")
                + ", 0 to 255, each less the pixel of " + meanFile + " at the same place");
        if (appended > 0) {
            steps.add("append " + appended + " row(s) of zeros at the bottom and " + appended
                    + " column(s) at the right, as Caffe pads all sides alike");
        }
        return steps;
    }

    /** The mean as Caffe has it: a BlobProto of {@code (1, channels, imageSize, imageSize)}; empty without images. */
    Optional<ProtoMessage> mean() {
        return images.map(PixelArithmetic::of).map(arithmetic -> {
            float[] mean = arithmetic.meanOfInput();
            int side = arithmetic.preprocessing().imageSize();
            int channels = arithmetic.preprocessing().channels();
            int plane = side * side;
            float[] blueFirst = new float[mean.length];
            for (int channel = 0; channel < channels; channel++) {
                System.arraycopy(mean, channel * plane, blueFirst, (channels - 1 - channel) * plane, plane);
            }
            return new ProtoMessage()
                    .number(1, 1)
                    .number(2, channels)
                    .number(3, side)
                    .number(4, side)
                    .decimals(5, mean.length, () -> blueFirst);
        });
    }
}
