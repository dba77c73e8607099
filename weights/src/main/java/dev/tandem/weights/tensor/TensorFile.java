package dev.tandem.weights.tensor;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A file of weights, opened: everything in it was checked but the elements, which stay in the file until they are read.
 */
public interface TensorFile extends AutoCloseable {
    /** The file. */
    Path file();

    /** Its format, in words: {@code PyTorch (zip)}. */
    String format();

    /** The tensors, in the order of the file; their names are distinct. */
    List<StoredTensor> tensors();

    /** What the file says beside its tensors, such as safetensors' metadata; empty if nothing. */
    Map<String, String> metadata();

    @Override
    void close();
}
