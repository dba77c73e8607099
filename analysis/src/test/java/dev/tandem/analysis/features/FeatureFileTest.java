package dev.tandem.analysis.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withPrecision;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.analysis.TinyRun;
import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.Classifier;
import dev.tandem.spi.TandemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of features: right, complete, continued with the same bits. */
class FeatureFileTest {
    private static final int COLUMNS = 16;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static TinyRun tiny;
    private static TrainedModel model;
    private static ImageInput input;
    private UnlabelledImages images;

    @BeforeAll
    static void train() throws IOException {
        tiny = new TinyRun(shared);
        model = tiny.model();
        input = model.input(ImageOptions.defaults());
        Path data = tiny.data();
        Files.writeString(data.resolve("train/red/a page.jpg"), "<html>");
        Files.createFile(data.resolve("train/red/zero.png"));
        Files.writeString(
                data.resolve("val/blue/cut.png"), "\u0089PNG\r\n\u001A\nnothing", StandardCharsets.ISO_8859_1);
        Files.writeString(data.resolve("notes.txt"), "a text");
    }

    @AfterAll
    static void close() {
        model.close();
        tiny.close();
    }

    /** 36 photographs, in folders and folders of folders, and 3 files that cannot be used, and a text. */
    @BeforeEach
    void list() {
        images = UnlabelledImages.list(List.of(tiny.data()));
    }

    private static FeatureExtractor extractor(String layer) {
        return new FeatureExtractor(model, input, layer, Views.CENTRE, TinyRun.ROWS, LoadOptions.defaults());
    }

    private FeatureOrigin origin(String layer) {
        Path checkpoint = TrainedModel.file(tiny.run(), null);
        return FeatureOrigin.of(checkpoint, layer, Views.CENTRE, TinyRun.ROWS, input, images.fingerprint());
    }

    private void write(Path out, String layer) {
        FeatureExtractor extractor = extractor(layer);
        try (FeatureFile file = FeatureFile.open(out, origin(layer), images, extractor.shape())) {
            file.fill(extractor, ScanProgress.silent());
            file.finish();
        }
    }

    private static float[] floats(byte[] bytes, int from) {
        ByteBuffer buffer =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(from);
        float[] values = new float[buffer.remaining() / Float.BYTES];
        buffer.asFloatBuffer().get(values);
        return values;
    }

    /** The rows of an npy file, which begins at byte 128. */
    private static float[] npy(Path file) throws IOException {
        return floats(Files.readAllBytes(file), NpyHeader.BYTES);
    }

    @Test
    void featuresOfScaledPhotographsAreOthers() {
        ImageInput scaled = model.input(ImageOptions.defaults().withScaled(true));
        FeatureOrigin other = FeatureOrigin.of(
                TrainedModel.file(tiny.run(), null), "fc6", Views.CENTRE, TinyRun.ROWS, scaled, images.fingerprint());
        assertThat(origin("fc6").differences(other)).containsExactly("another preprocessing");
    }

    @Test
    void rowsAreTheClassifiersFeaturesUnderTheNamesOfTheirFiles() throws IOException {
        Path out = folder.resolve("f.npy");
        write(out, "relu7");
        List<String> names = Files.readAllLines(FeatureFile.names(out));
        assertThat(names).hasSize(36).isSorted();
        assertThat(names.get(0)).isEqualTo(tiny.data() + "/train/blue/image0.png");
        float[][] expected;
        try (Classifier classifier = tiny.tandem().open(tiny.run().path())) {
            expected = classifier.features("relu7", names.stream().map(Path::of).toList());
        }
        float[] rows = npy(out);
        for (int i = 0; i < names.size(); i++) {
            float[] row = Arrays.copyOfRange(rows, i * COLUMNS, (i + 1) * COLUMNS);
            assertThat(row).containsExactly(expected[i], withPrecision(1e-5f));
        }
        assertThat(new String(Files.readAllBytes(out), 10, 118, StandardCharsets.US_ASCII))
                .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (36, 16), }  ")
                .endsWith(" \n");
        assertThat(images.notes()).singleElement().asString().contains("no images by name", ".txt");
        assertThat(Files.readAllLines(FeatureFile.skipped(out)))
                .hasSize(3)
                .anySatisfy(line -> assertThat(line).contains("a page.jpg", "HTML"))
                .anySatisfy(line -> assertThat(line).contains("zero.png", "empty"))
                .anySatisfy(line -> assertThat(line).contains("cut.png"));
        assertThat(folder).isDirectoryNotContaining("glob:**.part*");
    }

    @Test
    void anInterruptedFileIsContinuedWithTheSameBits() throws IOException {
        Path whole = folder.resolve("whole.npy");
        write(whole, "conv2");
        Path out = folder.resolve("parts.npy");
        FeatureExtractor extractor = extractor("conv2");
        List<Integer> begins = new ArrayList<>();
        for (int stop = TinyRun.ROWS; stop < images.size(); stop += TinyRun.ROWS) {
            int until = stop;
            try (FeatureFile file = FeatureFile.open(out, origin("conv2"), images, extractor.shape())) {
                begins.add(file.position());
                assertThatThrownBy(() -> file.fill(extractor, (set, done, total) -> {
                            if (done >= until) {
                                throw new CancellationException();
                            }
                        }))
                        .isInstanceOf(CancellationException.class);
            }
            // What a killed process leaves behind what it saved.
            Files.write(folder.resolve("parts.npy.part"), new byte[99], StandardOpenOption.APPEND);
        }
        assertThat(out).doesNotExist();
        write(out, "conv2");
        assertThat(begins).containsExactly(0, 8, 16, 24);
        assertThat(out).hasSameBinaryContentAs(whole);
        assertThat(FeatureFile.names(out)).hasSameBinaryContentAs(FeatureFile.names(whole));
        assertThat(FeatureFile.skipped(out)).hasSameBinaryContentAs(FeatureFile.skipped(whole));
    }

    @Test
    void anUnfinishedFileOfSomethingElseIsRefused() throws IOException {
        Path out = folder.resolve("f.npy");
        FeatureExtractor extractor = extractor("relu7");
        try (FeatureFile file = FeatureFile.open(out, origin("relu7"), images, extractor.shape())) {
            assertThatThrownBy(() -> file.fill(extractor, (set, done, total) -> {
                        if (done > 0) {
                            throw new CancellationException();
                        }
                    }))
                    .isInstanceOf(CancellationException.class);
            assertThatThrownBy(() -> FeatureFile.open(out, origin("relu7"), images, extractor.shape()))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("in use");
        }
        assertThatThrownBy(() -> write(out, "fc7"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("is of something else, got layer relu7")
                .hasMessageContaining("delete " + out + ".part");
        Files.writeString(folder.resolve("f.npy.part.json"), "{\"version\":1}");
        assertThatThrownBy(() -> write(out, "relu7"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("f.npy.part.json is not the progress of an earlier run");
    }

    @Test
    void csvHasTheSameNumbers() throws IOException {
        write(folder.resolve("f.npy"), "fc7");
        write(folder.resolve("f.csv"), "fc7");
        List<String> lines = Files.readAllLines(folder.resolve("f.csv"));
        assertThat(lines).hasSize(37);
        assertThat(lines.get(0)).startsWith("file,f0,f1,").endsWith(",f15");
        float[] rows = npy(folder.resolve("f.npy"));
        for (int i = 0; i < 36; i++) {
            String[] cells = lines.get(i + 1).split(",");
            assertThat(cells).hasSize(COLUMNS + 1);
            for (int column = 0; column < COLUMNS; column++) {
                assertThat(Float.parseFloat(cells[column + 1])).isEqualTo(rows[i * COLUMNS + column]);
            }
        }
    }

    @Test
    void parquetHasTheSameNumbers() throws IOException {
        write(folder.resolve("f.npy"), "fc7");
        write(folder.resolve("f.parquet"), "fc7");
        byte[] bytes = Files.readAllBytes(folder.resolve("f.parquet"));
        int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 8);
        FileMetaData metadata =
                Util.readFileMetaData(new ByteArrayInputStream(bytes, bytes.length - 8 - length, length));
        assertThat(metadata.getNum_rows()).isEqualTo(36);
        assertThat(metadata.getSchema())
                .extracting(SchemaElement::getName)
                .containsExactly("features_of_images", "file", "features", "list", "element");
        RowGroup group = metadata.getRow_groups().get(0);
        ColumnMetaData features = group.getColumns().get(1).getMeta_data();
        assertThat(features.getNum_values()).isEqualTo(36 * COLUMNS);
        ByteArrayInputStream page = new ByteArrayInputStream(bytes);
        page.skip(features.getData_page_offset());
        PageHeader header = Util.readPageHeader(page);
        assertThat(header.getData_page_header().getNum_values()).isEqualTo(36 * COLUMNS);
        byte[] data = page.readNBytes(header.getUncompressed_page_size());
        assertThat(floats(data, data.length - 36 * COLUMNS * Float.BYTES))
                .containsExactly(npy(folder.resolve("f.npy")));
        ByteBuffer levels = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(levels.getInt()).isEqualTo(36 * 4);
        for (int row = 0; row < 36; row++) {
            assertThat(new byte[] {levels.get(), levels.get(), levels.get(), levels.get()})
                    .containsExactly(2 * 1, 0, 2 * (COLUMNS - 1), 1);
        }
    }

    @Test
    void featuresOfTenViewsAreTheirMean() throws IOException {
        List<float[]> rows = new ArrayList<>();
        UnlabelledImages one = UnlabelledImages.list(List.of(tiny.data().resolve("val/green/image0.png")));
        try (TrainedModel ten = tiny.model(Views.TEN.count())) {
            FeatureExtractor extractor =
                    new FeatureExtractor(ten, input, "fc7", Views.TEN, Views.TEN.count(), LoadOptions.defaults());
            extractor.extract(one, 0, sink(rows));
            BatchStream batches = one.batches(input, Views.TEN, Views.TEN.count(), 0, LoadOptions.defaults());
            float[] all = ten.model().features(batches.next(), "fc7");
            batches.close();
            for (int column = 0; column < COLUMNS; column++) {
                double sum = 0;
                for (int view = 0; view < Views.TEN.count(); view++) {
                    sum += all[view * COLUMNS + column];
                }
                assertThat(rows.get(0)[column]).isCloseTo((float) (sum / 10), within(1e-6f));
            }
            assertThat(all[0]).isNotEqualTo(rows.get(0)[0]);
        }
        assertThatThrownBy(() -> new FeatureExtractor(model, input, "fc7", Views.TEN, 8, LoadOptions.defaults()))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("whole images");
    }

    private static FeatureSink sink(List<float[]> rows) {
        return new FeatureSink() {
            @Override
            public void row(int position, float[] features, int at) {
                rows.add(Arrays.copyOfRange(features, at, at + COLUMNS));
            }

            @Override
            public void unusable(int position, String reason) {
                throw new AssertionError(reason);
            }

            @Override
            public void reached(int end) {
                assertThat(end).isEqualTo(rows.size());
            }
        };
    }

    @Test
    void whatHoldsNoImageIsRefused() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThatThrownBy(() -> UnlabelledImages.list(List.of(empty)))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("no images in");
        assertThatThrownBy(() -> UnlabelledImages.list(List.of(folder.resolve("nothing"))))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("neither a file nor a folder, got nothing there");
        Path text = Files.writeString(folder.resolve("text.jpg"), "<html>");
        images = UnlabelledImages.list(List.of(text));
        assertThatThrownBy(() -> write(folder.resolve("f.npy"), "fc7"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("none of the images can be used");
    }
}
