package dev.tandem.weights.export;

import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The formats that a trained model can be exported to. */
public enum ExportFormat {
    /** Named tensors: torchvision's names for {@code owt}, Caffe's for the other recipes of AlexNet. */
    SAFETENSORS("safetensors"),
    /** The same as a state dictionary of PyTorch. */
    PTH("pth", "pt"),
    /** The network as a graph, with its weights. */
    ONNX("onnx"),
    /** Named arrays of NumPy. */
    NPZ("npz"),
    /** Caffe's weights; a deploy prototxt and the mean are written beside it. */
    CAFFEMODEL("caffemodel");

    private final List<String> extensions;

    ExportFormat(String... extensions) {
        this.extensions = List.of(extensions);
    }

    /** What it is chosen by: {@code onnx}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The format called {@code name}.
     *
     * @throws TandemException if there is none
     */
    public static ExportFormat named(String name) {
        return Arrays.stream(values())
                .filter(format -> format.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> TandemException.argument(
                        "export format", "no such format", name, "one of " + List.of(values()), ""));
    }

    /** The format that a file's name ends in, if it is one. */
    public static Optional<ExportFormat> of(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(format -> format.extensions.stream().anyMatch(extension -> name.endsWith("." + extension)))
                .findFirst();
    }
}
