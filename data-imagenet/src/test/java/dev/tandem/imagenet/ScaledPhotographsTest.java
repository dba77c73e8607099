package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Views;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training, evaluating and classifying by photographs that are decoded to a part of their size. */
class ScaledPhotographsTest {
    private static final Preprocessing PREPROCESSING = new Preprocessing(16, 16, Preprocessing.Pixels.MEAN_IMAGE);
    private static final int ELEMENTS = 3 * 16 * 16;

    @TempDir
    Path directory;

    private byte[] photograph;

    @BeforeEach
    void photographs() {
        photograph = TestImages.jpeg(TestImages.image(
                200, 150, (x, y) -> (x * 255 / 200) << 16 | (y * 255 / 150) << 8 | ((x / 9 + y / 7) % 2) * 200));
        for (String name : List.of("a", "b")) {
            TestImages.write(directory.resolve("data/val").resolve(name).resolve("1.jpg"), photograph);
            TestImages.write(
                    directory.resolve("data/train").resolve(name).resolve("1.jpg"),
                    TestImages.jpeg(TestImages.noise(180, 200, 3)));
        }
    }

    private static ImageFolder open(Path data, boolean scaled) {
        LoadOptions options = LoadOptions.defaults()
                .withWorkers(1)
                .withImages(ImageOptions.defaults().withScaled(scaled));
        return ImageFolder.open(data, PREPROCESSING, FolderOptions.defaults(), options, ScanProgress.silent());
    }

    private static float[] validation(ImageFolder folder) {
        try (BatchStream stream = folder.validation(Views.CENTRE, 1)) {
            return stream.next().images().array().clone();
        }
    }

    private float[] classified(ImageInput input) {
        float[] inputs = new float[ELEMENTS];
        try (ImageLoader loader = new ImageLoader(input)) {
            loader.read("photograph", photograph, Views.CENTRE, inputs, 0);
        }
        return inputs;
    }

    private float[] listed(ImageInput input) {
        UnlabelledImages images = UnlabelledImages.list(List.of(directory.resolve("data/val/a")));
        try (BatchStream stream = images.batches(input, Views.CENTRE, 1, 0, LoadOptions.defaults())) {
            return stream.next().images().array().clone();
        }
    }

    @Test
    void allThatIsDoneWithAModelScalesAsItsTrainingDid() {
        ImageFolder full = open(directory.resolve("data"), false);
        ImageFolder scaled = open(directory.resolve("data"), true);
        assertThat(scaled.fingerprint()).isNotEqualTo(full.fingerprint());
        assertThat(validation(scaled)).isNotEqualTo(validation(full));
        for (ImageFolder folder : List.of(full, scaled)) {
            assertThat(folder.notes()).noneMatch(note -> note.contains("scaled"));
            ImageInput input = folder.imageInput().orElseThrow();
            assertThat(classified(input)).isEqualTo(validation(folder));
            assertThat(listed(input)).isEqualTo(validation(folder));
        }
    }

    /** Packed images were decoded when they were packed; that is said, and is no other data. */
    @Test
    void shardsStayAsTheyArePacked() {
        Path shards = directory.resolve("shards");
        PackOptions options = new PackOptions(100, false, PackOptions.Encoding.JPEG, 90, 1, 4096, false);
        Packer.pack(
                ImageSource.open(directory.resolve("data"), ScanProgress.silent()),
                shards,
                options,
                ImageOptions.defaults(),
                1,
                ScanProgress.silent());
        ImageFolder full = open(shards, false);
        ImageFolder scaled = open(shards, true);
        assertThat(scaled.fingerprint()).isEqualTo(full.fingerprint());
        assertThat(validation(scaled)).isEqualTo(validation(full));
        assertThat(full.notes()).isEmpty();
        assertThat(scaled.notes())
                .containsExactly("tandem.images.scaled changes nothing in packed images, for which it is pack --scaled."
                        + " Photographs that the model is used with later are scaled");
    }
}
