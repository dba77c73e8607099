package dev.tandem.weights.export.container;

import dev.tandem.nn.checkpoint.DescriptionFormat;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.spi.Shape;
import dev.tandem.weights.export.source.ExportSource;
import dev.tandem.weights.published.SideInformation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The safetensors format, without what only a checkpoint has. */
public final class SafetensorsExport {
    private SafetensorsExport() {}

    /** Writes a model, atomically. */
    public static void write(ExportSource source, Path file) {
        List<Safetensors.Entry> entries = new ArrayList<>();
        source.tensors()
                .forEach(
                        tensor -> entries.add(new Safetensors.Entry(tensor.name(), tensor.shape(), tensor.elements())));
        source.side().meanImage().ifPresent(mean -> {
            Shape shape = Shape.of(mean.channels(), mean.imageSize(), mean.imageSize());
            entries.add(new Safetensors.Entry(DescriptionFormat.MEAN_IMAGE, shape, mean::meanImage));
        });
        // Some readers want to be told that the names are as PyTorch has them.
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        metadata.put(SideInformation.KEY, source.side().toJson());
        Safetensors.write(file, metadata, entries);
    }
}
