package dev.tandem.imagenet.layout;

import dev.tandem.imagenet.decode.ImageDecoder;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** What {@link ImageFiles} have of each image, column by column. */
final class ImageColumns {
    byte[] text;
    int[] nameEnds;
    int[] labels;
    int[] inContainer;
    long[] offsets;
    int[] lengths;

    ImageColumns(byte[] text, int[] nameEnds, int[] labels, int[] inContainer, long[] offsets, int[] lengths) {
        this.text = text;
        this.nameEnds = nameEnds;
        this.labels = labels;
        this.inContainer = inContainer;
        this.offsets = offsets;
        this.lengths = lengths;
    }

    int nameStart(int index) {
        return index == 0 ? 0 : nameEnds[index - 1];
    }

    int nameEnd(int index) {
        return nameEnds[index];
    }

    int compareNames(int a, int b) {
        return Arrays.compareUnsigned(text, nameStart(a), nameEnd(a), text, nameStart(b), nameEnd(b));
    }

    /** Writes the first {@code count} images. */
    void write(DataOutputStream out, int count) throws IOException {
        out.writeInt(count);
        for (int i = 0; i < count; i++) {
            out.writeInt(nameEnds[i]);
            out.writeInt(labels[i]);
            out.writeInt(inContainer[i]);
            out.writeLong(offsets[i]);
            out.writeInt(lengths[i]);
        }
        out.write(text, 0, nameStart(count));
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @param containers how many archives there are
     * @throws IOException when it cannot have been
     */
    static ImageColumns read(DataInputStream in, int containers) throws IOException {
        int count = requireFit(in.readInt(), 4 * Integer.BYTES + Long.BYTES, in);
        ImageColumns read = new ImageColumns(
                new byte[0], new int[count], new int[count], new int[count], new long[count], new int[count]);
        for (int i = 0; i < count; i++) {
            read.nameEnds[i] = in.readInt();
            read.labels[i] = in.readInt();
            read.inContainer[i] = in.readInt();
            read.offsets[i] = in.readLong();
            read.lengths[i] = in.readInt();
            if (read.nameEnds[i] < read.nameStart(i)
                    || read.labels[i] < 0
                    || read.inContainer[i] < ImageFiles.OWN_FILE
                    || read.inContainer[i] >= containers
                    || read.offsets[i] < 0
                    || read.lengths[i] < 0
                    || read.lengths[i] > ImageDecoder.MAXIMUM_BYTES) {
                throw new IOException("image " + i + " cannot be where it is said to be");
            }
        }
        read.text = in.readNBytes(requireFit(read.nameStart(count), 1, in));
        return read;
    }

    /** {@code count}, if so many of {@code bytesEach} may follow. */
    static int requireFit(int count, int bytesEach, DataInputStream in) throws IOException {
        if (count < 0 || (long) count * bytesEach > in.available()) {
            throw new IOException(count + " entries are more than " + in.available() + " bytes hold");
        }
        return count;
    }
}
