package dev.tandem.analysis.nearest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.analysis.TinyRun;
import dev.tandem.analysis.features.FeatureExtractor;
import dev.tandem.analysis.features.FeatureOrigin;
import dev.tandem.analysis.features.FeatureSink;
import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.run.TrainedModel;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index of a gallery follows its folder, and computes nothing twice. */
class GalleryTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static TinyRun tiny;
    private static TrainedModel model;
    private static ImageInput input;

    private final List<String> notes = new ArrayList<>();
    private Path photographs;
    private Path index;
    private int computed;

    @BeforeAll
    static void train() throws IOException {
        tiny = new TinyRun(shared);
        model = tiny.model();
        input = model.input(ImageOptions.defaults());
    }

    @AfterAll
    static void close() {
        model.close();
        tiny.close();
    }

    @BeforeEach
    void photographs() throws IOException {
        photographs = TestPhotographs.folder(folder.resolve("photographs"), 5, 2);
        Files.writeString(photographs.resolve("val/red/page.jpg"), "<html>");
        index = folder.resolve("cache/gallery");
    }

    private Gallery gallery(String layer, int stop) {
        computed = 0;
        notes.clear();
        FeatureExtractor extractor =
                new FeatureExtractor(model, input, layer, Views.CENTRE, TinyRun.ROWS, LoadOptions.defaults());
        FeatureOrigin origin =
                FeatureOrigin.of(TrainedModel.file(tiny.run(), null), layer, Views.CENTRE, TinyRun.ROWS, input, "");
        ScanProgress progress = new ScanProgress() {
            @Override
            public void checked(String set, int done, int total) {
                computed = done;
                if (done >= stop) {
                    throw new CancellationException();
                }
            }

            @Override
            public void noted(String line) {
                notes.add(line);
            }
        };
        UnlabelledImages listed = UnlabelledImages.list(List.of(photographs));
        return Gallery.update(index, photographs, listed, origin, extractor, progress);
    }

    private Gallery gallery() {
        return gallery("relu7", Integer.MAX_VALUE);
    }

    /** Every image is its own nearest, by features computed anew. */
    private void assertRight(Gallery gallery) {
        UnlabelledImages listed = UnlabelledImages.list(List.of(photographs));
        FeatureExtractor extractor =
                new FeatureExtractor(model, input, "relu7", Views.CENTRE, TinyRun.ROWS, LoadOptions.defaults());
        NearestSearch search =
                new NearestSearch(gallery, tiny.tandem().devices().get(0));
        extractor.extract(listed, 0, new FeatureSink() {
            @Override
            public void row(int position, float[] features, int at) {
                float[] row = Arrays.copyOfRange(features, at, at + gallery.columns());
                List<Neighbour> nearest = search.nearest(
                                List.of(new NearestSearch.Query(row, null)), 1, ScanProgress.silent())
                        .get(0);
                assertThat(photographs.resolve(nearest.get(0).file())).isEqualTo(Path.of(listed.name(position)));
                assertThat(nearest.get(0).distance()).isLessThan(1e-4);
            }

            @Override
            public void unusable(int position, String reason) {
                assertThat(gallery.unusable()).contains("val/red/page.jpg (" + reason + ")");
            }

            @Override
            public void reached(int end) {}
        });
    }

    @Test
    void onlyWhatIsNewOrHasChangedIsComputed() throws IOException {
        Gallery first = gallery();
        assertThat(computed).isEqualTo(22);
        assertThat(first.size()).isEqualTo(21);
        assertThat(first.unusable()).singleElement().asString().startsWith("val/red/page.jpg (an HTML page");
        assertRight(first);

        assertThat(gallery().size()).isEqualTo(21);
        assertThat(computed).as("nothing is computed twice").isZero();

        Files.delete(photographs.resolve("train/red/image0.png"));
        Files.move(photographs.resolve("train/green/image2.png"), photographs.resolve("train/green/im\tage\n.png"));
        Path touched = photographs.resolve("val/blue/image0.png");
        Files.setLastModifiedTime(touched, FileTime.fromMillis(1_000_000_000_000L));
        Gallery second = gallery();
        assertThat(computed).isEqualTo(2);
        assertThat(notes).singleElement().asString().contains("19 are in the index, 2 are new", "3 of the index are");
        assertThat(second.size()).isEqualTo(20);
        assertRight(second);
    }

    @Test
    void anInterruptedIndexIsContinued() {
        assertThatThrownBy(() -> gallery("relu7", 8)).isInstanceOf(CancellationException.class);
        Gallery whole = gallery();
        assertThat(computed).isEqualTo(22 - 8);
        assertRight(whole);
    }

    @Test
    void anIndexOfAnotherLayerIsBegunAnew() {
        gallery("fc7", Integer.MAX_VALUE);
        Gallery other = gallery();
        assertThat(notes).singleElement().asString().contains("is begun anew", "layer fc7");
        assertThat(computed).isEqualTo(22);
        assertRight(other);
        assertThat(index.getParent()).isDirectoryNotContaining("glob:**.rows-1");
    }

    @Test
    void rowsOfImagesThatAreGoneAreRemovedIfThereAreMany() throws IOException {
        Gallery gallery = gallery();
        GalleryTable table = GalleryTable.read(index);
        // As if 2,000 images more had been there.
        new GalleryTable(table.origin(), table.columns(), table.generation(), 2021, table.images()).write(index);
        byte[] rows = Files.readAllBytes(gallery.rowsFile());
        Files.write(gallery.rowsFile(), Arrays.copyOf(rows, 2021 * table.columns() * Float.BYTES));
        Gallery compacted = gallery();
        assertThat(computed).isZero();
        assertThat(compacted.rowsFile()).hasSize(21L * table.columns() * Float.BYTES);
        assertThat(gallery.rowsFile()).doesNotExist();
        assertRight(compacted);
    }

    @Test
    void anotherFileIsNotOverwritten() throws IOException {
        Files.createDirectories(index.getParent());
        for (String text : List.of("", "a letter\n", "{\"format\":\"tandem gallery 1\"}\n", "\u0000\u0001")) {
            Files.writeString(index, text);
            assertThatThrownBy(this::gallery)
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("it is no index of a gallery, or is damaged")
                    .hasMessageContaining("--index");
            assertThat(index).hasContent(text);
        }
    }
}
