package dev.tandem.imagenet;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;

/** Encoded, labelled images in a fixed order: where the bytes of a set come from. */
final class ImageFiles {
    private static final long MAXIMUM_BYTES = 1L << 28;

    private final Path root;
    private final String[] names;
    private final int[] labels;

    /** The files {@code names}, relative to {@code root} with {@code /} between their parts, and their labels. */
    ImageFiles(Path root, List<String> names, List<Integer> labels) {
        this(
                root,
                names.toArray(String[]::new),
                labels.stream().mapToInt(Integer::intValue).toArray());
    }

    private ImageFiles(Path root, String[] names, int[] labels) {
        this.root = root;
        this.names = names;
        this.labels = labels;
    }

    int size() {
        return names.length;
    }

    /** The name of file {@code index}, relative to the data folder. */
    String name(int index) {
        return names[index];
    }

    int label(int index) {
        return labels[index];
    }

    Path path(int index) {
        return root.resolve(names[index]);
    }

    /** All bytes of file {@code index}. */
    byte[] read(int index) throws BadImage {
        return read(path(index));
    }

    /**
     * All bytes of a file. One that cannot be read is not a bad image: skipping it would quietly change the set.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) when it cannot be read
     */
    static byte[] read(Path path) throws BadImage {
        try {
            long size = Files.size(path);
            if (size > MAXIMUM_BYTES) {
                throw new BadImage("the file has " + size + " bytes, more than " + MAXIMUM_BYTES);
            }
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "image " + path,
                    "the file cannot be read: " + e,
                    "Check its permissions and the disk",
                    e);
        }
    }

    /** The same without the files whose index is in {@code left}. */
    ImageFiles without(BitSet left) {
        int count = names.length - left.cardinality();
        String[] keptNames = new String[count];
        int[] keptLabels = new int[count];
        for (int to = 0, from = left.nextClearBit(0); to < count; to++, from = left.nextClearBit(from + 1)) {
            keptNames[to] = names[from];
            keptLabels[to] = labels[from];
        }
        return new ImageFiles(root, keptNames, keptLabels);
    }
}
