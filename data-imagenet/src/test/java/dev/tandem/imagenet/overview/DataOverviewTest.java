package dev.tandem.imagenet.overview;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Preprocessing.Resize;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataOverviewTest {
    @TempDir
    Path directory;

    private ImageListing makeSet() {
        Path images = directory.resolve("images");
        for (int i = 0; i < 3; i++) {
            byte[] red = TestImages.encode(TestImages.image(100 + 50 * i, 90, (x, y) -> 0xC81400), "png");
            TestImages.write(images.resolve("train/cat/" + i + ".png"), red);
        }
        byte[] blue = TestImages.encode(TestImages.image(300, 400, (x, y) -> 0x0014C8), "png");
        TestImages.write(images.resolve("train/dog/named.jpg"), blue);
        TestImages.write(images.resolve("train/dog/a.jpg"), "<html>".getBytes(StandardCharsets.US_ASCII));
        TestImages.write(
                images.resolve("synset_words.txt"), "cat tabby, tabby cat\n".getBytes(StandardCharsets.US_ASCII));
        return ImageSource.open(images, ScanProgress.silent());
    }

    @Test
    void countsClassesSizesAndOddFilesBeforeAndAfterPacking() {
        ImageListing source = makeSet();
        Path packed = directory.resolve("packed");
        PackOptions options = new PackOptions(16, true, PackOptions.Encoding.RAW, 90, 1, 100, false);
        Packer.pack(source, packed, options, ImageOptions.defaults(), 2, ScanProgress.silent());
        ImageListing shards = ImageSource.open(packed, ScanProgress.silent());
        for (ImageListing set : new ImageListing[] {source, shards}) {
            DataOverview overview = DataOverview.of(
                    set,
                    new Preprocessing(16, 16, Pixels.MEAN_IMAGE),
                    ImageOptions.defaults(),
                    2,
                    ScanProgress.silent());
            assertThat(overview.classes())
                    .containsExactly(
                            new Manifest.PackedClass("cat", "tabby, tabby cat", null, 3, 0, 0),
                            new Manifest.PackedClass("dog", "dog", null, 1, 0, 0));
            assertThat(overview.images(Split.TRAIN)).isEqualTo(4);
            assertThat(overview.sizes().bins())
                    .filteredOn(bin -> bin.images() > 0)
                    .containsExactly(new SizeHistogram.Bin(64, 128, 3), new SizeHistogram.Bin(256, 320, 1));
            assertThat(overview.sizes().meanWidth()).isEqualTo(187.5);
            assertThat(overview.sizes().longestSide()).isEqualTo(400);
            assertThat(overview.quarantined()).hasSize(1);
            assertThat(overview.odd())
                    .hasSize(1)
                    .first()
                    .extracting(Manifest.Note::reason)
                    .isEqualTo("PNG data");
            TrainingStatistics statistics = overview.statistics().orElseThrow();
            assertThat(statistics.channelMean(0)).isCloseTo(150, within(1e-9));
            // All colour varies along red against blue: 200 * sqrt(3) / 4 in each.
            assertThat(statistics.eigenvalue(0)).isCloseTo(15000, within(1e-6));
            assertThat(Math.abs(statistics.eigenvector(0, 0))).isCloseTo(Math.sqrt(0.5), within(1e-9));
        }
    }

    @Test
    void drawsASampleOfEachClassAndTheMeanImage() {
        ImageListing source = makeSet();
        BufferedImage sheet = DataPictures.contactSheet(source, 32, ImageOptions.defaults());
        assertThat(sheet.getRGB(4 + 16, 4 + 16) & 0xFFFFFF).isEqualTo(0xC81400);
        assertThat(sheet.getRGB(4 + 32 + 4 + 16, 4 + 16) & 0xFFFFFF).isEqualTo(0x0014C8);
        TrainingStatistics statistics = DataOverview.of(
                        source,
                        new Preprocessing(16, 16, Pixels.MEAN_IMAGE),
                        ImageOptions.defaults(),
                        1,
                        ScanProgress.silent())
                .statistics()
                .orElseThrow();
        BufferedImage mean = DataPictures.meanImage(statistics);
        assertThat(mean.getWidth()).isEqualTo(16);
        assertThat(mean.getRGB(3, 3) & 0xFFFFFF).isEqualTo(150 << 16 | 20 << 8 | 50);
    }

    /** An image of two halves, twice as wide as high: stretched, both are seen whole. */
    @Test
    void theMeanIsOfSquaresThatAreMadeAsWanted() {
        for (String name : new String[] {"a", "b"}) {
            byte[] png = TestImages.encode(TestImages.image(64, 32, (x, y) -> x < 20 ? 0xFF0000 : 0), "png");
            TestImages.write(directory.resolve("halves").resolve(name).resolve("1.png"), png);
        }
        ImageListing source = ImageSource.open(directory.resolve("halves"), ScanProgress.silent());
        Preprocessing usual = new Preprocessing(16, 16, Pixels.MEAN_IMAGE);
        assertThat(meanOfRed(source, usual)).isCloseTo(255 * 2 / 16., within(3.));
        assertThat(meanOfRed(source, usual.withResize(Resize.STRETCH))).isCloseTo(255 * 5 / 16., within(3.));
    }

    private static double meanOfRed(ImageListing source, Preprocessing squares) {
        return DataOverview.of(source, squares, ImageOptions.defaults(), 1, ScanProgress.silent())
                .statistics()
                .orElseThrow()
                .channelMean(0);
    }
}
