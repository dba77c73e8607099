package dev.tandem.imagenet.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.overview.DataOverview;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is an image of a class, and what is said of the rest. */
class ClassTreeTest {
    @TempDir
    Path directory;

    private Path cat;

    @BeforeEach
    void makeSet() {
        for (String set : List.of("train", "val")) {
            for (String name : List.of("cat", "dog")) {
                write(set + "/" + name + "/1.png");
            }
        }
        cat = directory.resolve("train/cat");
    }

    private void write(String file) {
        byte[] png = TestImages.encode(TestImages.noise(12, 12, file.hashCode()), "png");
        TestImages.write(directory.resolve(file), png);
    }

    private void writeText(String file) {
        TestImages.write(
                directory.resolve(file), "BMW and other words of no picture".getBytes(StandardCharsets.US_ASCII));
    }

    private ImageFolder open() {
        Preprocessing preprocessing = new Preprocessing(12, 8, Pixels.MEAN_IMAGE);
        return ImageFolder.open(directory, preprocessing, LoadOptions.defaults(), ScanProgress.silent());
    }

    private List<String> names() {
        ImageListing source = ImageSource.open(directory, ScanProgress.silent());
        return IntStream.range(0, source.size(Split.TRAIN))
                .mapToObj(i -> source.name(Split.TRAIN, i))
                .toList();
    }

    @Test
    void foldersBelowAClassCount() {
        write("train/cat/2024/may/2.png");
        write("train/cat/2024/3.png");
        write("val/dog/more/4.png");
        assertThat(names())
                .containsExactly(
                        "train/cat/1.png", "train/cat/2024/3.png", "train/cat/2024/may/2.png", "train/dog/1.png");
        ImageFolder images = open();
        assertThat(images.trainingSizes()).containsExactly(3, 1);
        assertThat(images.validationSize()).isEqualTo(3);
        assertThat(images.notes()).isEmpty();
    }

    @Test
    void debrisIsIgnoredByNameAndContentAndCounted() {
        for (String name :
                List.of("Thumbs.db", "desktop.ini", "a.txt", "b.TXT", "c.xml", "d.json", "README", "film.mp4")) {
            writeText("train/cat/" + name);
        }
        writeText("train/cat/.DS_Store");
        writeText("train/cat/._1.png");
        write("train/cat/@eaDir/1.png");
        write("train/__MACOSX/cat/1.png");
        write("train/cat/picture.txt");
        writeText("train/dog/text.jpg");
        ImageFolder images = open();
        assertThat(images.classNames()).containsExactly("cat", "dog");
        assertThat(images.trainingSizes()).as("picture.txt is one").containsExactly(2, 1);
        assertThat(images.badFiles()).extracting(BadFile::path).containsExactly("train/dog/text.jpg");
        assertThat(images.notes())
                .anyMatch(note -> note.startsWith("Files that are no images by name and content, ignored: 8 (2 .txt, "))
                .anyMatch(note -> note.startsWith("Hidden files and folders, ignored: 4 "))
                .hasSize(2);
        DataOverview overview = DataOverview.of(
                ImageSource.open(directory, ScanProgress.silent()),
                new Preprocessing(12, 12, Pixels.MEAN_IMAGE),
                ImageOptions.defaults(),
                2,
                ScanProgress.silent());
        assertThat(overview.notes()).isEqualTo(images.notes());
    }

    @Test
    void linksAreFollowedButNotInCircles() throws IOException {
        write("elsewhere/2.png");
        Files.createSymbolicLink(cat.resolve("linked"), directory.resolve("elsewhere"));
        Files.createSymbolicLink(cat.resolve("3.png"), directory.resolve("elsewhere/2.png"));
        Files.createSymbolicLink(cat.resolve("up"), directory);
        Files.createSymbolicLink(cat.resolve("self"), cat);
        Files.createSymbolicLink(directory.resolve("elsewhere/back"), directory.resolve("elsewhere"));
        Files.createSymbolicLink(cat.resolve("lost.png"), directory.resolve("nowhere.png"));
        Files.createSymbolicLink(cat.resolve("round"), cat.resolve("round"));
        Files.createSymbolicLink(directory.resolve("train/lost"), directory.resolve("nowhere"));
        assertThat(names())
                .containsExactly("train/cat/1.png", "train/cat/3.png", "train/cat/linked/2.png", "train/dog/1.png");
        assertThat(open().notes())
                .anyMatch(note -> note.startsWith("Links back to a folder already listed, not followed: 3"))
                .anyMatch(note -> note.startsWith("Links to nothing, ignored: 3"));
    }

    @Test
    void whatLiesBesideTheClassesIsSaid() {
        write("train/loose.png");
        writeText("train/LICENSE");
        write("train/.hidden/1.png");
        ImageFolder images = open();
        assertThat(images.classNames()).hasSize(2);
        assertThat(images.notes())
                .contains(
                        "Files beside the class folders, ignored: 1, such as train/loose.png",
                        "Files that are no images by name and content, ignored: 1 (1 LICENSE), such as train/LICENSE",
                        "Hidden files and folders, ignored: 1 (1 .hidden), such as train/.hidden");
    }

    @Test
    void aNameThatIsNoUtf8CostsTheFileAlone() throws Exception {
        assumeTrue(
                "UTF-8".equals(System.getProperty("sun.jnu.encoding")),
                "skipped: the file system's names are not UTF-8");
        // Java cannot name such a file: a shell can.
        Process made = new ProcessBuilder("sh", "-c", "cp 1.png \"$(printf 'caf\\351.png')\"")
                .directory(cat.toFile())
                .inheritIO()
                .start();
        assumeTrue(made.waitFor() == 0 && Files.list(cat).count() == 2, "skipped: the file system refuses the name");
        ImageFolder images = open();
        assertThat(images.trainingSize()).isEqualTo(2);
        assertThat(images.badFiles())
                .singleElement()
                .satisfies(bad -> assertThat(bad.reason()).startsWith("its name is not valid UTF-8"));
        Path packed = directory.resolve("packed");
        ImageListing source = ImageSource.open(directory, ScanProgress.silent());
        Manifest manifest =
                Packer.pack(source, packed, PackOptions.defaults(), ImageOptions.defaults(), 1, ScanProgress.silent());
        assertThat(manifest.images(Split.TRAIN)).isEqualTo(2);
        assertThat(manifest.quarantined()).hasSize(1);

        Files.delete(cat.resolve("1.png"));
        assertThatThrownBy(this::open)
                .isInstanceOf(TandemException.class)
                .hasMessageContainingAll("class cat of train is empty", "cannot be opened by their names");
    }

    @Test
    void anyOtherNameSurvives() {
        String name = "-r\n\t\"quoted\" \\n 猫";
        write("train/" + name + "/a\nb.png");
        ImageFolder images = open();
        assertThat(images.classNames()).containsExactly(name, "cat", "dog");
        Path packed = directory.resolve("packed");
        ImageListing source = ImageSource.open(directory, ScanProgress.silent());
        Manifest manifest =
                Packer.pack(source, packed, PackOptions.defaults(), ImageOptions.defaults(), 1, ScanProgress.silent());
        assertThat(manifest.quarantined()).isEmpty();
        assertThat(Shards.open(packed).verify(ScanProgress.silent()).problems()).isEmpty();
        assertThat(ImageSource.open(packed, ScanProgress.silent()).classNames()).isEqualTo(images.classNames());
    }

    @Test
    void thePictureInBothSetsIsTold() throws IOException {
        assertThat(open().notes()).isEmpty();
        Files.copy(cat.resolve("1.png"), directory.resolve("val/dog/copy.png"));
        String told = "1 of 3 pictures to validate on is trained on too, such as val/dog/copy.png and train/cat/1.png";
        assertThat(open().notes()).singleElement().asString().startsWith(told);
        assertThat(open().notes()).as("from the cache").hasSize(1);
        DataOverview overview = DataOverview.of(
                ImageSource.open(directory, ScanProgress.silent()),
                new Preprocessing(12, 12, Pixels.MEAN_IMAGE),
                ImageOptions.defaults(),
                2,
                ScanProgress.silent());
        assertThat(overview.notes()).singleElement().asString().startsWith(told);
    }
}
