package dev.tandem.weights.safetensors;

import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file. All its tensors are listed; those whose type weights cannot have, such as F8_E4M3, are refused
 * when they are read. Its metadata are those of the file, and the names of tensors without elements.
 */
public final class SafetensorsFile implements TensorFile {
    private static final long LONGEST_HEADER = 16 << 20;

    private final Path file;
    private final Safetensors opened;
    private final List<StoredTensor> tensors = new ArrayList<>();
    private final Map<String, String> metadata;

    private SafetensorsFile(Path file, Safetensors opened) {
        this.file = file;
        this.opened = opened;
        this.metadata = new LinkedHashMap<>(opened.metadata());
        Map<String, Shape> shapes = opened.shapes();
        opened.types().forEach((name, type) -> {
            Shape shape = shapes.get(name);
            if (shape == null) {
                metadata.put(name, "a tensor without elements, or with 2^31 or more");
            } else {
                tensors.add(new StoredTensor(
                        name,
                        shape,
                        type,
                        part -> opened.forEachPart(name, shape, (values, from, count) -> part.take(values, count))));
            }
        });
    }

    /** Whether a file that begins so may be one: the length of a header, then a JSON object. */
    public static boolean matches(byte[] firstBytes) {
        if (firstBytes.length <= Long.BYTES || firstBytes[Long.BYTES] != '{') {
            return false;
        }
        long header = ByteBuffer.wrap(firstBytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return header > 0 && header <= LONGEST_HEADER;
    }

    /**
     * Opens a file.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if it is damaged
     */
    public static TensorFile open(Path file) {
        return new SafetensorsFile(file, Safetensors.open(file));
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public String format() {
        return "safetensors";
    }

    @Override
    public List<StoredTensor> tensors() {
        return Collections.unmodifiableList(tensors);
    }

    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    @Override
    public void close() {
        opened.close();
    }
}
