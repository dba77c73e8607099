package dev.tandem.analysis.nearest;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.analysis.features.FeatureOrigin;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The images of a gallery and where their features are: a text file, a line of JSON and a line an image. The features
 * are rows of float32, little-endian, in a file of their own, to which rows are only ever appended.
 *
 * @param origin what the features depend on
 * @param columns features of an image
 * @param generation which file of rows it is: the number at the end of its name
 * @param rows how many rows there are, those of images that are gone among them
 * @param images the images
 */
record GalleryTable(FeatureOrigin origin, int columns, int generation, int rows, List<GalleryImage> images) {
    private static final String FORMAT = "tandem gallery 1";
    private static final long MOST_BYTES = 1L << 30;
    private static final int FIELDS = 6;
    private static final ObjectMapper JSON = new ObjectMapper();

    private record Header(String format, FeatureOrigin origin, int columns, int generation, int rows, int images) {}

    static GalleryTable empty(FeatureOrigin origin, int columns, int generation) {
        return new GalleryTable(origin, columns, generation, 0, List.of());
    }

    /** The file of the rows of the table at {@code index}. */
    Path rowsFile(Path index) {
        return index.resolveSibling(index.getFileName() + ".rows-" + generation);
    }

    /** The length of that file. */
    long rowBytes() {
        return (long) rows * columns * Float.BYTES;
    }

    void write(Path index) {
        AtomicFile.write(index, channel -> {
            Writer out = new BufferedWriter(
                    new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8), 1 << 16);
            out.write(JSON.writeValueAsString(new Header(FORMAT, origin, columns, generation, rows, images.size())));
            out.write('\n');
            for (GalleryImage image : images) {
                out.write(image.row() + "\t" + image.bytes() + "\t" + image.changed() + "\t" + image.squares() + "\t"
                        + EscapedText.write(image.name()) + "\t" + EscapedText.write(image.reason()) + "\n");
            }
            out.flush();
        });
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if it is something else, or damaged
     */
    static GalleryTable read(Path index) {
        try {
            long bytes = Files.size(index);
            if (!Files.isRegularFile(index) || bytes > MOST_BYTES) {
                throw damaged(index, bytes + " bytes", null);
            }
            try (BufferedReader lines = Files.newBufferedReader(index)) {
                return read(index, lines, bytes);
            }
        } catch (IOException e) {
            throw damaged(index, e instanceof JacksonException json ? json.getOriginalMessage() : e.toString(), e);
        } catch (NumberFormatException e) {
            throw damaged(index, e.getMessage(), e);
        }
    }

    private static GalleryTable read(Path index, BufferedReader lines, long bytes) throws IOException {
        Header header = JSON.readValue(String.valueOf(lines.readLine()), Header.class);
        if (header == null
                || !FORMAT.equals(header.format)
                || header.origin == null
                || header.columns < 1
                || header.rows < 0
                || header.images < 0
                || header.images > bytes) {
            throw damaged(index, "another header", null);
        }
        List<GalleryImage> images = new ArrayList<>(header.images);
        BitSet taken = new BitSet();
        for (int i = 0; i < header.images; i++) {
            String line = lines.readLine();
            String[] fields = line == null ? new String[0] : line.split("\t", -1);
            int row = fields.length == FIELDS ? Integer.parseInt(fields[0]) : header.rows;
            if (row < -1 || row >= header.rows || row >= 0 && taken.get(row)) {
                throw damaged(index, "another line " + (i + 2), null);
            }
            if (row >= 0) {
                taken.set(row);
            }
            images.add(new GalleryImage(
                    EscapedText.read(fields[4]),
                    Long.parseLong(fields[1]),
                    Long.parseLong(fields[2]),
                    row,
                    Double.parseDouble(fields[3]),
                    EscapedText.read(fields[5])));
        }
        return new GalleryTable(header.origin, header.columns, header.generation, header.rows, images);
    }

    private static TandemException damaged(Path index, String got, Exception cause) {
        return TandemException.failure(
                ErrorCode.INVALID_DATA,
                "gallery index " + index,
                "it is no index of a gallery, or is damaged, got " + got,
                "Delete it if it was one, or name another file with --index",
                cause);
    }
}
