package dev.tandem.imagenet.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The first directory of a TIFF 6.0 file. What the Java runtime sees is a copy of the file with a directory of our own,
 * which has only the checked fields that make pixels: no others, and none of other directories.
 */
final class TiffDirectory {
    private static final int SUBFILE_TYPE = 254;
    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int COMPRESSION = 259;
    private static final int PHOTOMETRIC = 262;
    private static final int FILL_ORDER = 266;
    private static final int STRIP_OFFSETS = 273;
    private static final int ORIENTATION = 274;
    private static final int SAMPLES = 277;
    private static final int STRIP_ROWS = 278;
    private static final int STRIP_BYTES = 279;
    private static final int PLANAR = 284;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_HEIGHT = 323;
    private static final int TILE_OFFSETS = 324;
    private static final int TILE_BYTES = 325;
    private static final int SAMPLE_FORMAT = 339;
    private static final int RAW_PHOTOGRAPH = 50706;
    private static final Set<Integer> PIXELS = Set.of(
            WIDTH,
            HEIGHT,
            BITS,
            COMPRESSION,
            PHOTOMETRIC,
            STRIP_OFFSETS,
            SAMPLES,
            STRIP_ROWS,
            STRIP_BYTES,
            PLANAR,
            317, // predictor
            320, // palette
            TILE_WIDTH,
            TILE_HEIGHT,
            TILE_OFFSETS,
            TILE_BYTES,
            338, // meaning of extra samples
            SAMPLE_FORMAT);

    /** Those that may be of 32 bits; all others are of 16. */
    private static final Set<Integer> LONGS = Set.of(
            WIDTH, HEIGHT, STRIP_OFFSETS, STRIP_ROWS, STRIP_BYTES, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES);

    private static final int UNCOMPRESSED = 1;
    private static final List<Long> COMPRESSIONS = List.of(1L, 5L, 8L, 32_773L, 32_946L);
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int SHORT = 3;
    private static final int LONG = 4;
    private static final int ENTRY = 12;
    private static final int TILE_STEP = 16;

    private final byte[] bytes;
    private final ByteBuffer fields;
    /** Where each field's entry lies. */
    private final SortedMap<Integer, Integer> entries = new TreeMap<>();

    private TiffDirectory(byte[] bytes) throws BadImage {
        this.bytes = bytes;
        this.fields = ByteBuffer.wrap(bytes);
        fields.order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long at = bytes.length < 8 ? bytes.length : fields.getInt(4) & 0xFFFFFFFFL;
        int count = at + 2 > bytes.length ? 0 : fields.getShort((int) at) & 0xFFFF;
        if (at + 2 + (long) ENTRY * count > bytes.length || count == 0) {
            throw new BadImage("a truncated or damaged TIFF: its directory lies behind the end of the file");
        }
        for (int i = 0; i < count; i++) {
            int entry = (int) at + 2 + ENTRY * i;
            entries.putIfAbsent(fields.getShort(entry) & 0xFFFF, entry);
        }
    }

    /** Checks a file that begins as a TIFF does. */
    static VettedImage vet(byte[] bytes) throws BadImage {
        TiffDirectory directory = new TiffDirectory(bytes);
        directory.requireKnownPixels();
        long width = directory.number(WIDTH, 0);
        long height = directory.number(HEIGHT, 0);
        if (width < 1 || height < 1 || Math.max(width, height) > Integer.MAX_VALUE) {
            throw new BadImage("a damaged TIFF: " + width + "x" + height + " pixels");
        }
        directory.requireWholeData(width, height);
        long orientation = directory.number(ORIENTATION, 1);
        return new VettedImage(
                directory.withOwnDirectory(),
                (int) width,
                (int) height,
                orientation >= 1 && orientation <= 8 ? (int) orientation : 1);
    }

    private void requireKnownPixels() throws BadImage {
        if (entries.containsKey(RAW_PHOTOGRAPH) || (number(SUBFILE_TYPE, 0) & 1) == 1) {
            throw new BadImage("a camera's raw photograph, which is not supported; develop it to JPEG or PNG");
        }
        long compression = number(COMPRESSION, UNCOMPRESSED);
        long meaning = number(PHOTOMETRIC, -1);
        long samples = number(SAMPLES, 1);
        long[] bits = numbers(BITS, 1);
        boolean one = meaning == PALETTE ? samples == 1 : meaning >= 0 && meaning < RGB && samples <= 2;
        boolean three = meaning == RGB && (samples == 3 || samples == 4);
        boolean whole = Arrays.stream(bits).allMatch(each -> each == 8 || each == 16);
        boolean packed = samples == 1 && (bits[0] == 1 || bits[0] == 2 || bits[0] == 4);
        boolean alike = Arrays.stream(bits).distinct().count() == 1 && bits.length == samples;
        if (!COMPRESSIONS.contains(compression)
                || samples < 1
                || !(one || three)
                || !(whole || packed)
                || !alike
                || number(FILL_ORDER, 1) != 1
                || Arrays.stream(numbers(SAMPLE_FORMAT, 1)).anyMatch(format -> format != 1)) {
            throw new BadImage("a TIFF of compression " + compression + ", colours of kind " + meaning + ", " + samples
                    + " sample(s) of " + bits[0] + " bits, which is not supported; convert it to PNG, such as with"
                    + " magick a.tif a.png");
        }
    }

    /** Strips or tiles, as many as the image needs, must lie within the file. */
    private void requireWholeData(long width, long height) throws BadImage {
        boolean tiled = entries.containsKey(TILE_WIDTH);
        long partWidth = tiled ? number(TILE_WIDTH, 0) : width;
        long partHeight = tiled ? number(TILE_HEIGHT, 0) : Math.min(height, number(STRIP_ROWS, height));
        long samples = number(SAMPLES, 1);
        long bits = numbers(BITS, 1)[0];
        boolean planes = number(PLANAR, 1) == 2;
        boolean steps = !tiled || partWidth % TILE_STEP == 0 && partHeight % TILE_STEP == 0;
        long partBytes = (partWidth * bits * (planes ? 1 : samples) + 7) / 8 * Math.max(1, partHeight);
        if (partWidth < 1 || partHeight < 1 || !steps || tiled && partBytes > ImageDecoder.MAXIMUM_BYTES) {
            throw new BadImage("a damaged TIFF: parts of " + partWidth + "x" + partHeight + " pixels");
        }
        long parts = ceilDivide(width, partWidth) * ceilDivide(height, partHeight) * (planes ? samples : 1);
        long[] offsets = numbers(tiled ? TILE_OFFSETS : STRIP_OFFSETS, 0);
        long[] lengths = numbers(tiled ? TILE_BYTES : STRIP_BYTES, 0);
        if (offsets.length < parts || lengths.length < parts) {
            throw new BadImage("a truncated or damaged TIFF: " + Math.min(offsets.length, lengths.length)
                    + " parts of the " + parts + " that make the image");
        }
        boolean plain = number(COMPRESSION, UNCOMPRESSED) == UNCOMPRESSED;
        for (int i = 0; i < parts; i++) {
            long strip = i % ceilDivide(height, partHeight);
            long rows = tiled ? partHeight : Math.min(partHeight, height - strip * partHeight);
            long needed = plain ? Math.max(lengths[i], partBytes / partHeight * rows) : lengths[i];
            if (offsets[i] + needed > bytes.length) {
                throw new BadImage("a truncated TIFF: its pixels lie behind the end of the file");
            }
        }
    }

    private static long ceilDivide(long a, long b) {
        return (a + b - 1) / b;
    }

    private long number(int tag, long otherwise) throws BadImage {
        return numbers(tag, otherwise)[0];
    }

    /** The numbers of a field, one or more; {@code otherwise} if it is not there. */
    private long[] numbers(int tag, long otherwise) throws BadImage {
        Integer entry = entries.get(tag);
        if (entry == null) {
            return new long[] {otherwise};
        }
        int type = fields.getShort(entry + 2);
        long count = fields.getInt(entry + 4) & 0xFFFFFFFFL;
        int size = type == SHORT ? 2 : 4;
        long at = count * size <= 4 ? entry + 8 : fields.getInt(entry + 8) & 0xFFFFFFFFL;
        if (type != SHORT && type != LONG || count < 1 || at + count * size > bytes.length) {
            throw new BadImage("a damaged TIFF: its field " + tag + " has type " + type + " and " + count + " values");
        }
        long[] numbers = new long[(int) count];
        for (int i = 0; i < count; i++) {
            int place = (int) at + size * i;
            numbers[i] = type == SHORT ? fields.getShort(place) & 0xFFFF : fields.getInt(place) & 0xFFFFFFFFL;
        }
        return numbers;
    }

    private byte[] withOwnDirectory() throws BadImage {
        List<Integer> kept = entries.keySet().stream().filter(PIXELS::contains).toList();
        int at = bytes.length + (bytes.length & 1);
        ByteBuffer copy = ByteBuffer.allocate(at + 2 + ENTRY * kept.size() + 4).order(fields.order());
        copy.put(bytes).position(at);
        copy.putShort((short) kept.size());
        for (int tag : kept) {
            long[] numbers = numbers(tag, 0);
            boolean narrow = fields.getShort(entries.get(tag) + 2) == SHORT;
            if (narrow || LONGS.contains(tag)) {
                copy.put(bytes, entries.get(tag), ENTRY);
            } else if (numbers.length == 1 && numbers[0] < 1 << Short.SIZE) {
                // The Java runtime takes the default instead of a number whose type is not TIFF's.
                copy.putShort((short) tag).putShort((short) SHORT).putInt(1);
                copy.putShort((short) numbers[0]).putShort((short) 0);
            } else {
                throw new BadImage("a damaged TIFF: its field " + tag + " is of another type than TIFF's");
            }
        }
        copy.putInt(4, at);
        return copy.array();
    }
}
