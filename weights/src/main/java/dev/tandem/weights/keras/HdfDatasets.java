package dev.tandem.weights.keras;

import dev.tandem.spi.Shape;
import dev.tandem.weights.tensor.FileElements;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.NumberType;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorShape;
import io.jhdf.HdfFile;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Link;
import io.jhdf.api.Node;
import io.jhdf.api.dataset.ChunkedDataset;
import io.jhdf.api.dataset.ContiguousDataset;
import io.jhdf.object.datatype.FloatingPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the datasets of an HDF5 file. jhdf reads the structure; elements that lie one behind the other are read without
 * it, by their position.
 */
final class HdfDatasets {
    private static final int MOST_DEPTH = 8;
    private static final int MOST_NODES = 10_000;
    private static final int MOST_MEMORY = 16 << 20;
    /** How much larger packed elements may become, and what is allowed beside that. */
    private static final int MOST_EXPANSION = 64;

    private static final int SMALL = 1 << 20;
    /** Deflate, shuffle and Fletcher's checksum. */
    private static final List<Integer> FILTERS = List.of(1, 2, 3);

    private final InputFile file;
    private final List<StoredTensor> tensors = new ArrayList<>();
    private long userBlock;
    private int nodes;

    HdfDatasets(InputFile file) {
        this.file = file;
    }

    /** Those with numbers of a floating type, and with elements. */
    List<StoredTensor> read() {
        if (file.size() > Integer.MAX_VALUE) {
            throw file.refused(
                    "a larger HDF5 file than Tandem reads",
                    file.size() + " bytes",
                    "2 GB at most",
                    "Save the weights alone, without the optimizer's state");
        }
        return HdfLibrary.call(file, () -> {
            try (HdfFile opened = HdfFile.fromByteBuffer(bytes())) {
                userBlock = opened.getUserBlockSize();
                readGroup(opened, "", 0);
                return tensors;
            }
        });
    }

    /** jhdf takes parts of these without a copy, so that a length in the file never becomes memory. */
    private ByteBuffer bytes() {
        if (file.size() <= MOST_MEMORY) {
            ByteBuffer all = ByteBuffer.allocate((int) file.size());
            file.read(0, all);
            return all.flip();
        }
        try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, file.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readGroup(Group group, String path, int depth) {
        for (Map.Entry<String, Node> child : group.getChildren().entrySet()) {
            String name = path + child.getKey();
            if (++nodes > MOST_NODES || depth == MOST_DEPTH) {
                throw file.damaged(
                        "its groups",
                        nodes > MOST_NODES ? "more than " + MOST_NODES + " datasets" : "more than " + depth + " levels",
                        "fewer");
            }
            Node node = child.getValue();
            if (node instanceof Link) {
                throw file.refused(
                        "a link, which may lead to another file",
                        Names.visible(name),
                        "datasets in the file itself",
                        "Save the weights into one file, as Keras's model.save_weights does");
            }
            if (node instanceof Group inner) {
                readGroup(inner, name + "/", depth + 1);
            } else if (node instanceof Dataset dataset) {
                readDataset(dataset, name);
            }
        }
    }

    private void readDataset(Dataset dataset, String name) {
        List<Long> dims = Arrays.stream(dataset.getDimensionsAsLong()).boxed().toList();
        if (dims.contains(0L) || dataset.getSize() == 0) {
            return;
        }
        Shape shape = TensorShape.of(file, name, dims);
        NumberType type = type(dataset);
        if (type == null) {
            // Whoever reads it makes room for its elements before they are refused.
            requireMemory("the elements of " + Names.visible(name), shape.elements() * Float.BYTES);
            tensors.add(new StoredTensor(name, shape, "of another kind", part -> {
                throw file.refused(
                        "the elements of " + Names.visible(name),
                        "a type that weights do not have",
                        "numbers of 16, 32 or 64 bits with a fraction",
                        "Convert the dataset to 32 bits with the program that wrote the file");
            }));
            return;
        }
        tensors.add(new StoredTensor(name, shape, type.name(), elements(dataset, name, shape, type)));
    }

    private StoredTensor.Elements elements(Dataset dataset, String name, Shape shape, NumberType type) {
        long bytes = shape.elements() * type.bytes();
        if (dataset instanceof ContiguousDataset contiguous) {
            long start = contiguous.getDataAddress() + userBlock;
            if (start <= 0 || bytes > file.size() - start) {
                throw file.damaged(
                        "the elements of " + Names.visible(name),
                        start <= 0 ? "none" : bytes + " bytes at " + start,
                        "elements inside the file's " + file.size() + " bytes");
            }
            FloatingPoint floating = (FloatingPoint) dataset.getDataType();
            return new FileElements(file, type, floating.getByteOrder(), start, shape.elements());
        }
        if (dataset instanceof ChunkedDataset chunked) {
            requireChunks(chunked, name);
        }
        requireMemory("the elements of " + Names.visible(name), bytes);
        return new LibraryElements(file, dataset, name, shape.elements());
    }

    private void requireChunks(ChunkedDataset dataset, String name) {
        long bytes = dataset.getDataType().getSize();
        for (int dim : dataset.getChunkDimensions()) {
            bytes = dim > 0 && bytes <= Integer.MAX_VALUE ? bytes * dim : Long.MAX_VALUE;
        }
        requireMemory("the chunks of " + Names.visible(name), bytes);
        dataset.getFilters().forEach(filter -> {
            if (!FILTERS.contains(filter.getId())) {
                throw file.refused(
                        "the elements of " + Names.visible(name) + " are packed",
                        Names.visible(filter.getName()),
                        "no packing, or deflate",
                        "Save the weights without compression");
            }
        });
    }

    private void requireMemory(String what, long bytes) {
        long most = SMALL + MOST_EXPANSION * file.size();
        if (bytes > most) {
            throw file.damaged(what, bytes + " bytes", most + " at most, for a file of " + file.size());
        }
    }

    private static @Nullable NumberType type(Dataset dataset) {
        if (!(dataset.getDataType() instanceof FloatingPoint floating)) {
            return null;
        }
        return switch (floating.getSize() << 8 | floating.getExponentSize()) {
            case Short.BYTES << 8 | 5 -> NumberType.F16;
            case Short.BYTES << 8 | 8 -> dataset instanceof ContiguousDataset ? NumberType.BF16 : null;
            case Integer.BYTES << 8 | 8 -> NumberType.F32;
            case Long.BYTES << 8 | 11 -> NumberType.F64;
            default -> null;
        };
    }
}
