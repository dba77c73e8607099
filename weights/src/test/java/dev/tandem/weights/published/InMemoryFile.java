package dev.tandem.weights.published;

import dev.tandem.spi.Shape;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A file of weights without a file. Elements are drawn when they are read, so that shapes may be large. */
record InMemoryFile(Path file, String format, List<StoredTensor> tensors, Map<String, String> metadata)
        implements TensorFile {
    static InMemoryFile of(String name) {
        return new InMemoryFile(Path.of(name), "test", new ArrayList<>(), new LinkedHashMap<>());
    }

    InMemoryFile withFormat(String other) {
        return new InMemoryFile(file, other, tensors, metadata);
    }

    InMemoryFile with(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    /** With a tensor of random elements. */
    InMemoryFile add(String name, int... dims) {
        Shape shape = Shape.of(dims);
        return add(name, shape, drawn(name, shape.arrayLength()));
    }

    InMemoryFile add(String name, Shape shape, float... elements) {
        return add(name, shape, part -> part.take(elements, elements.length));
    }

    private InMemoryFile add(String name, Shape shape, StoredTensor.Elements elements) {
        tensors.add(new StoredTensor(name, shape, "F32", elements));
        return this;
    }

    private static StoredTensor.Elements drawn(String name, int count) {
        return part -> {
            SplittableRandom random = new SplittableRandom(name.hashCode());
            float[] one = new float[1];
            for (int i = 0; i < count; i++) {
                one[0] = (float) random.nextDouble(-0.1, 0.1);
                part.take(one, 1);
            }
        };
    }

    /** Without the tensor of this name. */
    InMemoryFile without(String name) {
        if (!tensors.removeIf(tensor -> tensor.name().equals(name))) {
            throw new IllegalArgumentException(name);
        }
        return this;
    }

    @Override
    public void close() {}
}
