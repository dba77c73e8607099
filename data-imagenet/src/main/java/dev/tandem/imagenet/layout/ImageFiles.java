package dev.tandem.imagenet.layout;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.Ppm;
import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Locations;
import dev.tandem.spi.RandomAccessInput;
import dev.tandem.spi.TandemException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Encoded, labelled images in a fixed order: where the bytes of a set come from. Each is a file of its own, or a
 * stretch of an archive that is read in place. Kept in a few arrays, about 60 bytes an image, so that ImageNet's listing is
 * small.
 */
public final class ImageFiles {
    /** What the bytes of the images are. */
    private enum Content {
        FILES,
        PACKED,
        PLANES;

        static Content of(String name) throws IOException {
            return Stream.of(values())
                    .filter(content -> content.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no such images: " + name));
        }
    }

    private static final int MAXIMUM_IMAGES = 20_000_000;
    /** The container of an image that is a file of its own. */
    static final int OWN_FILE = -1;

    private final Path root;
    private final String prefix;
    private final List<Path> containers;
    private final Content content;
    private final byte[] text;
    private final int[] nameEnds;
    private final int[] labels;
    private final int[] inContainer;
    private final long[] offsets;
    private final int[] lengths;

    private ImageFiles(Builder from, int[] order, BitSet left) {
        this(from.root, from.prefix, from.containers, from.content, from.data, order, left);
    }

    private ImageFiles(
            Path root,
            String prefix,
            List<Path> containers,
            Content content,
            ImageColumns data,
            int[] order,
            BitSet left) {
        this.root = root;
        this.prefix = prefix;
        this.containers = List.copyOf(containers);
        this.content = content;
        int count = 0;
        int bytes = 0;
        for (int from : order) {
            if (!left.get(from)) {
                count++;
                bytes += data.nameEnd(from) - data.nameStart(from);
            }
        }
        text = new byte[bytes];
        nameEnds = new int[count];
        labels = new int[count];
        inContainer = new int[count];
        offsets = new long[count];
        lengths = new int[count];
        int to = 0;
        int end = 0;
        for (int from : order) {
            if (!left.get(from)) {
                int length = data.nameEnd(from) - data.nameStart(from);
                System.arraycopy(data.text, data.nameStart(from), text, end, length);
                end += length;
                nameEnds[to] = end;
                labels[to] = data.labels[from];
                inContainer[to] = data.inContainer[from];
                offsets[to] = data.offsets[from];
                lengths[to++] = data.lengths[from];
            }
        }
    }

    private ImageColumns columns(int[] labelled) {
        return new ImageColumns(text, nameEnds, labelled, inContainer, offsets, lengths);
    }

    /** No images. */
    public static ImageFiles none(Path root) {
        return new Builder(root).build();
    }

    public int size() {
        return labels.length;
    }

    /** The name of image {@code index}: relative to the data folder, or as its archive has it. */
    public String name(int index) {
        int start = index == 0 ? 0 : nameEnds[index - 1];
        return new String(text, start, nameEnds[index] - start, StandardCharsets.UTF_8);
    }

    /** The name of image {@code index} without the folder of its set: it begins with the class. */
    public String nameInSet(int index) {
        return withoutSet(name(index));
    }

    /** A path without the folder of this set. */
    public String withoutSet(String path) {
        return path.startsWith(prefix) ? path.substring(prefix.length()) : path;
    }

    public int label(int index) {
        return labels[index];
    }

    /** How many images each of {@code classes} classes has, by label. */
    public int[] counts(int classes) {
        int[] counts = new int[classes];
        for (int label : labels) {
            counts[label]++;
        }
        return counts;
    }

    /** The file that holds image {@code index}. */
    public Path path(int index) {
        return inContainer[index] == OWN_FILE ? root.resolve(name(index)) : containers.get(inContainer[index]);
    }

    /** Where image {@code index} lies, for messages. */
    public String place(int index) {
        return inContainer[index] == OWN_FILE ? path(index).toString() : path(index) + "/" + name(index);
    }

    /** Whether these are shards that we wrote, checked image by image: they may be read by the quick decoder. */
    public boolean isPacked() {
        return content == Content.PACKED;
    }

    /** All bytes of image {@code index}; those of a pixmap if it is stored as planes. */
    public byte[] read(int index) throws BadImage {
        if (inContainer[index] == OWN_FILE) {
            return read(path(index));
        }
        byte[] bytes = new byte[lengths[index]];
        try (RandomAccessInput archive = RandomAccessInput.open(path(index))) {
            archive.readFully(ByteBuffer.wrap(bytes), offsets[index]);
            int side = (int) Math.sqrt(bytes.length / (double) RgbImage.CHANNELS);
            return content == Content.PLANES ? Ppm.write(bytes, side, side) : bytes;
        } catch (IOException e) {
            throw unreadable(place(index), e);
        }
    }

    /**
     * All bytes of a file. One that cannot be read is not a bad image: skipping it would quietly change the set.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) when it cannot be read
     */
    public static byte[] read(Path path) throws BadImage {
        try (RandomAccessInput file = RandomAccessInput.open(path)) {
            long size = file.size();
            if (size > ImageDecoder.MAXIMUM_BYTES) {
                throw new BadImage("the file has " + size + " bytes, more than " + ImageDecoder.MAXIMUM_BYTES);
            }
            byte[] bytes = new byte[(int) size];
            file.readFully(ByteBuffer.wrap(bytes), 0);
            return bytes;
        } catch (IOException e) {
            throw unreadable(path.toString(), e);
        }
    }

    private static TandemException unreadable(String place, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "image " + place,
                "the file cannot be read: " + e,
                "See that you may read it, and that the disk is in order",
                e);
    }

    /** Adds names, labels, lengths and places inside archives, but neither times nor where the archives lie. */
    public void addListing(Sha256 digest) {
        digest.add(size());
        FileTable files = new FileTable();
        for (int i = 0; i < size(); i++) {
            long length = inContainer[i] == OWN_FILE ? length(files.attributes(path(i))) : lengths[i];
            digest.add(name(i)).add(labels[i]).add(offsets[i]).add(length);
        }
    }

    /** Adds when the files were last changed. */
    public void addTimes(Sha256 digest) {
        FileTable files = new FileTable();
        for (Path container : containers) {
            digest.add(changed(files.attributes(container)));
        }
        for (int i = 0; i < size(); i++) {
            if (inContainer[i] == OWN_FILE) {
                digest.add(changed(files.attributes(path(i))));
            }
        }
    }

    /** The length of a file in bytes; 0 if it is gone. */
    public static long length(Path file) {
        return length(FileTable.read(file));
    }

    /** When a file was last changed, in milliseconds since 1970; 0 if it is gone. */
    public static long changed(Path file) {
        return changed(FileTable.read(file));
    }

    private static long length(Optional<BasicFileAttributes> file) {
        return file.map(BasicFileAttributes::size).orElse(0L);
    }

    private static long changed(Optional<BasicFileAttributes> file) {
        return file.map(found -> found.lastModifiedTime().toMillis()).orElse(0L);
    }

    /** The same without the images whose index is in {@code left}. */
    public ImageFiles without(BitSet left) {
        int[] order = IntStream.range(0, size()).toArray();
        return new ImageFiles(root, prefix, containers, content, columns(labels), order, left);
    }

    /** The images with these indices, in this order. */
    public ImageFiles select(int[] order) {
        return new ImageFiles(root, prefix, containers, content, columns(labels), order, new BitSet());
    }

    /** Writes where the images lie, for another machine that sees them. */
    public void write(DataOutputStream out) throws IOException {
        out.writeUTF(root.toAbsolutePath().toString());
        out.writeUTF(prefix);
        out.writeUTF(content.name());
        out.writeInt(containers.size());
        for (Path container : containers) {
            out.writeUTF(container.toAbsolutePath().toString());
        }
        columns(labels).write(out, size());
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException when it cannot have been
     */
    public static ImageFiles read(DataInputStream in) throws IOException {
        Builder read = new Builder(Locations.path(in.readUTF())).prefix(in.readUTF());
        read.content = Content.of(in.readUTF());
        int containers = ImageColumns.requireFit(in.readInt(), Short.BYTES, in);
        for (int i = 0; i < containers; i++) {
            read.container(Locations.path(in.readUTF()));
        }
        ImageColumns data = ImageColumns.read(in, containers);
        int[] order = IntStream.range(0, data.labels.length).toArray();
        return new ImageFiles(read.root, read.prefix, read.containers, read.content, data, order, new BitSet());
    }

    /** The same with label {@code l} replaced by {@code labelOf[l]}. */
    public ImageFiles relabelled(int[] labelOf) {
        int[] changed = Arrays.stream(labels).map(label -> labelOf[label]).toArray();
        int[] order = IntStream.range(0, size()).toArray();
        return new ImageFiles(root, prefix, containers, content, columns(changed), order, new BitSet());
    }

    /** Collects images. */
    public static final class Builder {
        private final Path root;
        private final List<Path> containers = new ArrayList<>();
        private final ImageColumns data =
                new ImageColumns(new byte[1024], new int[64], new int[64], new int[64], new long[64], new int[64]);
        private String prefix = "";
        private Content content = Content.FILES;
        private int count;

        /**
         * Names of images that are files of their own are relative to {@code root}, with {@code /} between their parts.
         */
        public Builder(Path root) {
            this.root = root;
        }

        /** Declares that the names begin with {@code folder}, the folder of the set, which ends with a slash. */
        public Builder prefix(String folder) {
            prefix = folder;
            return this;
        }

        /** Declares that all images are of shards that we wrote. */
        public Builder packed() {
            content = Content.PACKED;
            return this;
        }

        /** Declares that all images are stretches of planes of red, green and blue bytes, of squares. */
        public Builder planes() {
            content = Content.PLANES;
            return this;
        }

        public int size() {
            return count;
        }

        /** The name of image {@code index} of these. */
        public String name(int index) {
            int start = data.nameStart(index);
            return new String(data.text, start, data.nameEnd(index) - start, StandardCharsets.UTF_8);
        }

        /** Adds a file. */
        public void add(String name, int label) {
            add(name, label, OWN_FILE, 0, 0);
        }

        /** Declares an archive; what is returned names it. */
        public int container(Path archive) {
            containers.add(archive);
            return containers.size() - 1;
        }

        /**
         * Adds a stretch of an archive.
         *
         * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when it is too long to be an image
         */
        public void add(String name, int label, int container, long offset, long length) {
            if (count == MAXIMUM_IMAGES) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "data folder " + root,
                        "too many files",
                        "more than " + MAXIMUM_IMAGES,
                        "a data set of images",
                        "Pass a folder of images only; ImageNet's training set has 1,281,167");
            }
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            int start = count == 0 ? 0 : data.nameEnds[count - 1];
            if (count == data.labels.length) {
                int room = 2 * count;
                data.nameEnds = Arrays.copyOf(data.nameEnds, room);
                data.labels = Arrays.copyOf(data.labels, room);
                data.inContainer = Arrays.copyOf(data.inContainer, room);
                data.offsets = Arrays.copyOf(data.offsets, room);
                data.lengths = Arrays.copyOf(data.lengths, room);
            }
            if (start + bytes.length > data.text.length) {
                data.text = Arrays.copyOf(data.text, Math.max(2 * data.text.length, start + bytes.length));
            }
            System.arraycopy(bytes, 0, data.text, start, bytes.length);
            data.nameEnds[count] = start + bytes.length;
            data.labels[count] = label;
            data.inContainer[count] = container;
            data.offsets[count] = offset;
            data.lengths[count++] = container == OWN_FILE ? 0 : imageLength(length, containers.get(container));
        }

        private static int imageLength(long length, Path archive) {
            if (length > ImageDecoder.MAXIMUM_BYTES) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "archive " + archive,
                        "an entry is too long to be an image",
                        length + " bytes",
                        "at most " + ImageDecoder.MAXIMUM_BYTES,
                        "Use an archive of images");
            }
            return (int) length;
        }

        /** Where image {@code index} of these lies now, instead: a corrected copy of it. */
        void replace(int index, int container, long offset, long length) {
            data.inContainer[index] = container;
            data.offsets[index] = offset;
            data.lengths[index] = imageLength(length, containers.get(container));
        }

        /** Sets the label of image {@code index}. */
        public void label(int index, int label) {
            data.labels[index] = label;
        }

        /** The images in the order they were added. */
        public ImageFiles build() {
            return new ImageFiles(this, IntStream.range(0, count).toArray(), new BitSet());
        }

        /** The indices of the images, in ascending order of their names. */
        int[] byName() {
            return IntStream.range(0, count)
                    .boxed()
                    .sorted((a, b) -> data.compareNames(a, b))
                    .mapToInt(Integer::intValue)
                    .toArray();
        }

        /** The images in ascending order of their names, whatever order they were added in. */
        public ImageFiles buildSorted() {
            return new ImageFiles(this, byName(), new BitSet());
        }
    }
}
