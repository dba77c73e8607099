package dev.tandem.weights.export.container;

import dev.tandem.nn.checkpoint.DescriptionFormat;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.spi.Shape;
import dev.tandem.weights.export.source.ExportSource;
import dev.tandem.weights.export.source.ExportedTensor;
import dev.tandem.weights.published.SideInformation;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** NumPy's archive of arrays, not compressed: {@code numpy.load} reads it. */
public final class NpzWriter {
    private static final int ALIGNMENT = 64;
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final String SUFFIX = ".npy";

    private NpzWriter() {}

    /** Writes a model. What else is exported is an array of bytes, JSON in UTF-8. */
    public static void write(ExportSource source, OutputStream out) throws IOException {
        StoredZip zip = new StoredZip(out);
        for (ExportedTensor tensor : source.tensors()) {
            zip.add(
                    tensor.name() + SUFFIX,
                    header("<f4", tensor.shape()),
                    tensor.elements().get());
        }
        if (source.side().meanImage().isPresent()) {
            PixelStatistics mean = source.side().meanImage().get();
            Shape shape = Shape.of(mean.channels(), mean.imageSize(), mean.imageSize());
            zip.add(DescriptionFormat.MEAN_IMAGE + SUFFIX, header("<f4", shape), mean.meanImage());
        }
        byte[] json = source.side().toJson().getBytes(StandardCharsets.UTF_8);
        byte[] header = header("|u1", Shape.of(json.length));
        byte[] array = Arrays.copyOf(header, header.length + json.length);
        System.arraycopy(json, 0, array, header.length, json.length);
        zip.add(SideInformation.KEY + SUFFIX, array);
        zip.finish();
    }

    /** The header of format 1.0: padded so that elements begin at a multiple of 64 bytes. */
    private static byte[] header(String type, Shape shape) {
        String extents = Arrays.stream(shape.dims()).mapToObj(dim -> dim + ",").collect(Collectors.joining(" "));
        String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + extents + "), }";
        int before = MAGIC.length + Short.BYTES;
        int length = (before + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - before;
        String padded = text + " ".repeat(length - text.length() - 1) + "\n";
        return ByteBuffer.allocate(before + length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putShort((short) length)
                .put(padded.getBytes(StandardCharsets.US_ASCII))
                .array();
    }
}
