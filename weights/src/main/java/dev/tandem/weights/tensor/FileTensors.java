package dev.tandem.weights.tensor;

import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The tensors of a file whose elements are read at positions. */
public final class FileTensors implements TensorFile {
    private final InputFile input;
    private final String format;
    private final Contents contents;

    /**
     * What a file holds.
     *
     * @param tensors with distinct names
     * @param metadata what else it says
     */
    public record Contents(List<StoredTensor> tensors, Map<String, String> metadata) {
        public Contents {
            tensors = List.copyOf(tensors);
            metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        }
    }

    private FileTensors(InputFile input, String format, Contents contents) {
        this.input = input;
        this.format = format;
        this.contents = contents;
    }

    /**
     * Opens a file.
     *
     * @param format in words
     * @param reader reads all but the elements, and leaves the file open
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if there is no such file, the reader
     *     refuses it, or two tensors have one name; the file is closed then
     */
    public static TensorFile open(Path path, String format, Function<InputFile, Contents> reader) {
        InputFile input = InputFile.open(path);
        try {
            Contents contents = reader.apply(input);
            requireDistinct(input, contents.tensors());
            return new FileTensors(input, format, contents);
        } catch (RuntimeException | Error e) {
            input.close();
            throw e;
        }
    }

    private static void requireDistinct(InputFile input, List<StoredTensor> tensors) {
        Set<String> names = new HashSet<>();
        for (StoredTensor tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw input.damaged("two tensors have one name", Names.visible(tensor.name()), "distinct names");
            }
        }
    }

    @Override
    public Path file() {
        return input.path();
    }

    @Override
    public String format() {
        return format;
    }

    @Override
    public List<StoredTensor> tensors() {
        return contents.tensors();
    }

    @Override
    public Map<String, String> metadata() {
        return contents.metadata();
    }

    @Override
    public void close() {
        input.close();
    }
}
