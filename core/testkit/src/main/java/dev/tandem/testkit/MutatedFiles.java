package dev.tandem.testkit;

import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * Reads damaged and hostile copies of a file: each is read, or refused with a {@link TandemException}, and takes no
 * more memory than a bound. {@code -Dmutations=N} sets how many copies of each kind there are; the copy of a number is
 * always the same.
 */
public final class MutatedFiles {
    private static final int COPIES = Integer.getInteger("mutations", 1_000);
    private static final int MOST_CHANGES = 6;
    private static final long MOST_BYTES = 256L << 20;
    private static final int[] NUMBERS = {
        0, 1, -1, 2, 7, 255, 65_536, 1 << 20, 0x7fffffff, 0x7ffffff0, 0x80000000, 0x3fffffff, 0x7fc00000, 0x7f800000
    };
    private static final List<String> TEXTS = List.of(
            "null",
            "NaN",
            "-1",
            "1e999",
            "99999999999999999999",
            "-9223372036854775808",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "\\",
            ",",
            ":",
            "=",
            "\n",
            "\t",
            "\u0000",
            "${PATH}",
            "include \"a\"",
            "include url(\"file:///dev/zero\")",
            "+=",
            ".",
            "..",
            "/",
            "true",
            "{}",
            "[]",
            "\\ud800",
            "\ud83d\ude00",
            "Infinity",
            "0x10");

    private final String kind;
    private final List<byte[]> originals;
    private final Path file;
    private final UnaryOperator<byte[]> repair;
    private final long mostBytes;

    /** Reads the file. */
    @FunctionalInterface
    public interface Reader {
        /** Returns, or throws a {@link TandemException}. */
        void read();
    }

    private MutatedFiles(String kind, List<byte[]> originals, Path file, UnaryOperator<byte[]> repair, long mostBytes) {
        this.kind = kind;
        this.originals = originals;
        this.file = file;
        this.repair = repair;
        this.mostBytes = mostBytes;
    }

    /** Copies of {@code originals}, files of a {@code kind}, each in its turn at {@code file}. */
    public static MutatedFiles of(String kind, Path file, byte[]... originals) {
        return new MutatedFiles(kind, List.of(originals), file, bytes -> bytes, MOST_BYTES);
    }

    /** Every second copy goes through {@code repair}, which corrects checksums. */
    public MutatedFiles repairedBy(UnaryOperator<byte[]> change) {
        return new MutatedFiles(kind, originals, file, change, mostBytes);
    }

    /** No copy may take more memory than {@code bytes}, be it free again or not. */
    public MutatedFiles takingAtMost(long bytes) {
        return new MutatedFiles(kind, originals, file, repair, bytes);
    }

    /**
     * Writes each copy and has it read.
     *
     * @return how many were refused
     * @throws AssertionError naming the kind and the copy for which {@code reader} threw anything else, or took more
     *     memory
     */
    public int eachIsReadOrRefused(Reader reader) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        int refused = 0;
        readOriginal(reader);
        for (int copy = 0; copy < COPIES; copy++) {
            byte[] bytes = mutate(originals.get(copy % originals.size()), new Random(copy));
            write(copy % 2 == 1 ? repair.apply(bytes) : bytes);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                reader.read();
            } catch (TandemException e) {
                refused++;
            } catch (Throwable e) {
                throw new AssertionError(kind + ", copy " + copy + ": " + e, e);
            }
            long taken = threads.getCurrentThreadAllocatedBytes() - before;
            if (taken > mostBytes) {
                throw new AssertionError(
                        kind + ", copy " + copy + ": took " + taken + " bytes, more than " + mostBytes);
            }
        }
        return refused;
    }

    /** Loads the classes that reading needs, whose memory is no copy's. */
    private void readOriginal(Reader reader) {
        write(originals.get(0));
        try {
            reader.read();
        } catch (TandemException e) {
            // An original may be one that is refused.
        }
    }

    /** How many copies there are. */
    public static int copies() {
        return COPIES;
    }

    private void write(byte[] bytes) {
        try {
            Files.deleteIfExists(file); // to write over it would make some file systems wait for the disk
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] mutate(byte[] original, Random random) {
        byte[] bytes = original.clone();
        int changes = 1 + random.nextInt(MOST_CHANGES);
        for (int i = 0; i < changes; i++) {
            bytes = changed(bytes, random);
        }
        return bytes;
    }

    private static byte[] changed(byte[] bytes, Random random) {
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt(256)};
        }
        int at = random.nextInt(bytes.length);
        int length = Math.min(1 + random.nextInt(64), bytes.length - at);
        switch (random.nextInt(8)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt(256);
            case 2 -> putNumber(bytes, at, random);
            case 3 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 4 -> {
                return spliced(bytes, at, at + length, new byte[0]);
            }
            case 5 -> {
                return spliced(bytes, at, at, Arrays.copyOfRange(bytes, at, at + length));
            }
            default -> {
                byte[] text = TEXTS.get(random.nextInt(TEXTS.size())).getBytes(StandardCharsets.UTF_8);
                boolean insert = random.nextBoolean();
                return spliced(bytes, at, insert ? at : Math.min(bytes.length, at + text.length), text);
            }
        }
        return bytes;
    }

    private static void putNumber(byte[] bytes, int at, Random random) {
        if (at + Integer.BYTES <= bytes.length) {
            ByteOrder order = random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            ByteBuffer.wrap(bytes).order(order).putInt(at, NUMBERS[random.nextInt(NUMBERS.length)]);
        }
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] between) {
        byte[] result = Arrays.copyOf(bytes, bytes.length - (to - from) + between.length);
        System.arraycopy(between, 0, result, from, between.length);
        System.arraycopy(bytes, to, result, from + between.length, bytes.length - to);
        return result;
    }
}
