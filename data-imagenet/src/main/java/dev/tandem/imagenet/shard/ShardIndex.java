package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.EscapedText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The index beside a shard: a line per image, of key, label, offset and length in the tar, the original's width and
 * height, and the original's name, with tabs between them. Key and name are {@link EscapedText}.
 */
public final class ShardIndex {
    private static final int COLUMNS = 7;
    private static final long MAXIMUM_BYTES = 1 << 30;

    private ShardIndex() {}

    /** One image. */
    public record Line(String key, int label, long offset, int length, int width, int height, String file) {
        @Override
        public String toString() {
            return EscapedText.write(key) + "\t" + label + "\t" + offset + "\t" + length + "\t" + width + "\t" + height
                    + "\t" + EscapedText.write(file) + "\n";
        }
    }

    /** Receives each image. */
    public interface Visitor {
        void line(Line line) throws IOException;
    }

    /** The name of a shard's index: {@code train-00000.tsv} of {@code train-00000.tar}. */
    static String nameOf(String shard) {
        return shard.replaceAll("\\.tar$", "") + ".tsv";
    }

    /**
     * Reads an index and checks that it is the one in the manifest.
     *
     * @throws IOException when it is missing, damaged or does not fit the shard
     */
    static void read(Path directory, Manifest.Shard shard, int classes, Visitor visitor) throws IOException {
        Path path = directory.resolve(shard.index());
        if (!Files.isRegularFile(path) || Files.size(path) > MAXIMUM_BYTES) {
            throw new IOException(path + " is missing, no plain file, or too long");
        }
        byte[] bytes = Files.readAllBytes(path);
        if (!Sha256.of(bytes).equals(shard.indexSha256())) {
            throw new IOException(path + " is damaged: its checksum differs from the manifest's");
        }
        int images = 0;
        for (int start = 0; start < bytes.length; images++) {
            int end = start;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            Line line = parse(new String(bytes, start, end - start, StandardCharsets.UTF_8), path);
            boolean fits = line.label >= 0
                    && line.label < classes
                    && line.offset >= 0
                    && line.length > 0
                    && line.length <= ImageDecoder.MAXIMUM_BYTES
                    && line.offset <= shard.bytes() - line.length;
            if (!fits) {
                throw new IOException(path + " names an image that cannot be in its shard: " + line.key);
            }
            visitor.line(line);
            start = end + 1;
        }
        if (images != shard.images()) {
            throw new IOException(path + " has " + images + " images, the manifest " + shard.images());
        }
    }

    private static Line parse(String line, Path path) throws IOException {
        String[] columns = line.split("\t", -1);
        if (columns.length != COLUMNS) {
            throw new IOException(path + " has a line of " + columns.length + " columns");
        }
        try {
            return new Line(
                    EscapedText.read(columns[0]),
                    Integer.parseInt(columns[1]),
                    Long.parseLong(columns[2]),
                    Integer.parseInt(columns[3]),
                    Integer.parseInt(columns[4]),
                    Integer.parseInt(columns[5]),
                    EscapedText.read(columns[6]));
        } catch (NumberFormatException e) {
            throw new IOException(path + " has a line without a number: " + e.getMessage(), e);
        }
    }
}
