package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is done about orientation where nothing is set: ImageNet's own images are taken as stored, others are turned.
 */
class OrientationByDataTest {
    private static final Preprocessing PREPROCESSING = new Preprocessing(12, 8, Pixels.MEAN_IMAGE);

    @TempDir
    Path directory;

    private void write(String... classes) {
        TestImages.writeNoise(directory.resolve("train"), 3, 15, classes);
    }

    private void writeTurned(String name) {
        byte[] jpeg = TestImages.encode(TestImages.noise(20, 15, 9), "jpg");
        TestImages.write(directory.resolve("train").resolve(name), TestImages.jpegWithOrientation(jpeg, 6));
    }

    private ImageFolder open(Optional<Orientation> orientation) {
        ImageOptions images =
                new ImageOptions(orientation, ImageOptions.defaults().maximumPixels());
        LoadOptions options = LoadOptions.defaults().withWorkers(1).withImages(images);
        FolderOptions any = FolderOptions.defaults().withValidation(FolderOptions.Validation.IF_PRESENT);
        return ImageFolder.open(directory, PREPROCESSING, any, options, ScanProgress.silent());
    }

    @Test
    void ownPhotographsAreTurnedAndCounted() {
        write("cat", "n01440764");
        writeTurned("cat/turned.jpg");
        ImageFolder folder = open(Optional.empty());
        assertThat(folder.imageOptions().orientation()).contains(Orientation.APPLY);
        assertThat(folder.turned()).isEqualTo(1);
        assertThat(folder.fingerprint())
                .isEqualTo(open(Optional.of(Orientation.APPLY)).fingerprint())
                .isNotEqualTo(open(Optional.of(Orientation.IGNORE)).fingerprint());
    }

    @Test
    void imageNetsImagesAreTakenAsStored() {
        write("n01440764", "n02102040");
        writeTurned("n01440764/turned.jpg");
        ImageFolder folder = open(Optional.empty());
        assertThat(folder.imageOptions().orientation()).contains(Orientation.IGNORE);
        assertThat(folder.turned()).isEqualTo(1);
        assertThat(folder.fingerprint())
                .isEqualTo(open(Optional.of(Orientation.IGNORE)).fingerprint());
    }

    @Test
    void uprightDataKeepTheirFingerprint() {
        write("cat", "dog");
        assertThat(open(Optional.of(Orientation.APPLY)).fingerprint())
                .isEqualTo(open(Optional.of(Orientation.IGNORE)).fingerprint());
    }

    @Test
    void shardsSayWhatWasDone() {
        write("cat", "dog");
        writeTurned("cat/turned.jpg");
        ImageListing source = ImageSource.open(directory, ScanProgress.silent());
        ImageOptions apply = ImageOptions.defaults().with(Orientation.APPLY);
        for (Orientation packed : Orientation.values()) {
            Path out = directory.resolve(packed.toString());
            PackOptions options = PackOptions.defaults().with(packed);
            assertThat(Packer.holds(source, out, options, apply)).isFalse();
            Packer.pack(source, out, options, apply, 1, ScanProgress.silent());
            assertThat(Packer.holds(source, out, options, apply)).isTrue();
            ImageListing shards = ImageSource.open(out, ScanProgress.silent());
            assertThat(ImageSource.decided(shards, ImageOptions.defaults(), out).orientation())
                    .contains(packed);
        }
        Path stored = directory.resolve("ignore");
        assertThatThrownBy(() -> ImageSource.decided(ImageSource.open(stored, ScanProgress.silent()), apply, stored))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("Pack them again with --orientation apply");
    }
}
