package dev.tandem.analysis.features;

import dev.tandem.spi.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The beginning of an npy file, format version 1.0: of float32 in C order, little-endian. */
final class NpyHeader {
    /** Its length, whatever the shape: the number of rows is filled in when it is known. */
    static final int BYTES = 128;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

    private NpyHeader() {}

    /** The header of {@code rows} rows of {@code shape} each. */
    static byte[] of(int rows, Shape shape) {
        String extents = IntStream.range(0, shape.rank())
                .mapToObj(axis -> ", " + shape.dim(axis))
                .collect(Collectors.joining());
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + extents + "), }";
        int length = BYTES - MAGIC.length - Short.BYTES;
        String padded = text + " ".repeat(length - text.length() - 1) + "\n";
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putShort((short) length)
                .put(padded.getBytes(StandardCharsets.US_ASCII))
                .array();
    }
}
