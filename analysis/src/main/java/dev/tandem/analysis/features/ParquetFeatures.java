package dev.tandem.analysis.features;

import dev.tandem.spi.AtomicFile;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.ListType;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.StringType;
import org.apache.parquet.format.Type;
import org.apache.parquet.format.Util;

/**
 * Features as Apache Parquet: the columns {@code file}, a string, and {@code features}, a list of floats. Encoded plain
 * and not compressed, as floats hardly become shorter.
 */
final class ParquetFeatures {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final int PAGE_BYTES = 1 << 20;
    private static final int GROUP_BYTES = 32 << 20;
    private static final int BITS_A_LEVEL = 1;

    private final OutputStream out;
    private final int columns;
    private final ColumnPages names = new ColumnPages();
    private final ColumnPages features = new ColumnPages();
    private final List<RowGroup> groups = new ArrayList<>();
    private long written;
    private int rows;

    /** The pages of a column in one group of rows, and the page that is being filled. */
    private static final class ColumnPages {
        final ByteArrayOutputStream pages = new ByteArrayOutputStream();
        final ByteArrayOutputStream values = new ByteArrayOutputStream();
        int rowsInPage;
        int rows;
    }

    private ParquetFeatures(OutputStream out, int columns) {
        this.out = out;
        this.columns = columns;
    }

    /** Writes {@code file}, whole or not at all. */
    static void write(Path file, StoredRows rows) {
        AtomicFile.write(file, channel -> {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
            new ParquetFeatures(out, rows.columns()).write(rows);
            out.flush();
        });
    }

    private void write(StoredRows stored) throws IOException {
        put(MAGIC);
        stored.read(this::row);
        endGroup();
        ByteArrayOutputStream footer = new ByteArrayOutputStream();
        FileMetaData metadata = new FileMetaData(1, schema(), rows, groups);
        metadata.setCreated_by("Tandem");
        Util.writeFileMetaData(metadata, footer);
        put(footer.toByteArray());
        put(integer(footer.size()));
        put(MAGIC);
    }

    private static List<SchemaElement> schema() {
        SchemaElement root = new SchemaElement("features_of_images");
        root.setNum_children(2);
        SchemaElement file = new SchemaElement("file");
        file.setType(Type.BYTE_ARRAY);
        file.setRepetition_type(FieldRepetitionType.REQUIRED);
        file.setConverted_type(ConvertedType.UTF8);
        file.setLogicalType(LogicalType.STRING(new StringType()));
        SchemaElement list = new SchemaElement("features");
        list.setRepetition_type(FieldRepetitionType.REQUIRED);
        list.setNum_children(1);
        list.setConverted_type(ConvertedType.LIST);
        list.setLogicalType(LogicalType.LIST(new ListType()));
        SchemaElement repeated = new SchemaElement("list");
        repeated.setRepetition_type(FieldRepetitionType.REPEATED);
        repeated.setNum_children(1);
        SchemaElement element = new SchemaElement("element");
        element.setType(Type.FLOAT);
        element.setRepetition_type(FieldRepetitionType.REQUIRED);
        return List.of(root, file, list, repeated, element);
    }

    private void row(String name, float[] row) throws IOException {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        names.values.writeBytes(integer(text.length));
        names.values.writeBytes(text);
        ByteBuffer floats = ByteBuffer.allocate(columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        floats.asFloatBuffer().put(row);
        features.values.writeBytes(floats.array());
        for (ColumnPages column : List.of(names, features)) {
            column.rowsInPage++;
            if (column.values.size() >= PAGE_BYTES) {
                endPage(column);
            }
        }
        if (features.pages.size() >= GROUP_BYTES) {
            endGroup();
        }
    }

    /** A page is its header, the repetition and the definition levels of a list, and the values. */
    private void endPage(ColumnPages column) throws IOException {
        boolean isList = column == features;
        int count = column.rowsInPage * (isList ? columns : 1);
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        if (isList) {
            ByteArrayOutputStream repetition = new ByteArrayOutputStream();
            for (int row = 0; row < column.rowsInPage; row++) {
                run(repetition, 1, 0); // the first element begins a list
                run(repetition, columns - 1, 1);
            }
            ByteArrayOutputStream definition = new ByteArrayOutputStream();
            run(definition, count, 1); // no list is empty
            for (ByteArrayOutputStream levels : List.of(repetition, definition)) {
                page.writeBytes(integer(levels.size()));
                page.writeBytes(levels.toByteArray());
            }
        }
        page.writeBytes(column.values.toByteArray());
        PageHeader header = new PageHeader(PageType.DATA_PAGE, page.size(), page.size());
        header.setData_page_header(new DataPageHeader(count, Encoding.PLAIN, Encoding.RLE, Encoding.RLE));
        Util.writePageHeader(header, column.pages);
        column.pages.writeBytes(page.toByteArray());
        column.values.reset();
        column.rows += column.rowsInPage;
        column.rowsInPage = 0;
    }

    /** A run of equal levels of {@value #BITS_A_LEVEL} bit: twice its length as a varint, and the level. */
    private static void run(ByteArrayOutputStream levels, int length, int level) {
        if (length == 0) {
            return;
        }
        long header = 2L * length;
        for (; header > 0x7f; header >>>= 7) {
            levels.write((int) (header & 0x7f | 0x80));
        }
        levels.write((int) header);
        levels.write(level);
    }

    private void endGroup() throws IOException {
        for (ColumnPages column : List.of(names, features)) {
            if (column.rowsInPage > 0) {
                endPage(column);
            }
        }
        if (names.rows == 0) {
            return;
        }
        int count = names.rows;
        long bytes = names.pages.size() + features.pages.size();
        List<ColumnChunk> chunks = List.of(
                chunk(names, Type.BYTE_ARRAY, List.of("file")),
                chunk(features, Type.FLOAT, List.of("features", "list", "element")));
        groups.add(new RowGroup(chunks, bytes, count));
        rows += count;
    }

    private ColumnChunk chunk(ColumnPages column, Type type, List<String> path) throws IOException {
        long values = (long) column.rows * (column == features ? columns : 1);
        int bytes = column.pages.size();
        ColumnMetaData metadata = new ColumnMetaData(
                type,
                List.of(Encoding.PLAIN, Encoding.RLE),
                path,
                CompressionCodec.UNCOMPRESSED,
                values,
                bytes,
                bytes,
                written);
        ColumnChunk chunk = new ColumnChunk(written);
        chunk.setMeta_data(metadata);
        put(column.pages.toByteArray());
        column.pages.reset();
        column.rows = 0;
        return chunk;
    }

    private void put(byte[] bytes) throws IOException {
        out.write(bytes);
        written += bytes.length;
    }

    private static byte[] integer(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }
}
