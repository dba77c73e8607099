package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.FolderOptions.Validation;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which folders are trained, validated and tested on. */
class FolderLayoutTest {
    private static final List<String> CLASSES = List.of("ape", "cat");

    @TempDir
    Path directory;

    private void makeSet(String name, int perClass) {
        TestImages.writeNoise(directory.resolve(name), perClass, 12, "ape", "cat");
    }

    private ImageListing open(FolderOptions options) {
        return ImageSource.open(directory, options, ScanProgress.silent());
    }

    private ImageListing openForEvaluation(Split split) {
        return ImageSource.openForEvaluation(
                directory, CLASSES, split, FolderOptions.defaults(), ScanProgress.silent());
    }

    private static List<String> names(ImageListing source, Split split) {
        return IntStream.range(0, source.size(split))
                .mapToObj(i -> source.name(split, i))
                .toList();
    }

    private static void assertInvalid(Runnable call, String... parts) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATA))
                .message()
                .contains(parts);
    }

    @ParameterizedTest
    @CsvSource({
        "train, val",
        "train, valid",
        "train, validation",
        "train, dev",
        "train, test",
        "train, testing",
        "Train, Val",
        "training, VALIDATION",
        "TRAIN, Test"
    })
    void knownNamesAreTakenInAnyCase(String train, String val) {
        makeSet(train, 3);
        makeSet(val, 2);
        ImageListing source = open(FolderOptions.defaults());
        assertThat(source.classNames()).isEqualTo(CLASSES);
        assertThat(source.size(Split.TRAIN)).isEqualTo(6);
        assertThat(names(source, Split.VALIDATION))
                .startsWith(val + "/ape/image_000.png")
                .hasSize(4);
        if (val.equals("val")) {
            assertThat(source.notes()).isEmpty();
        } else {
            assertThat(source.notes()).singleElement().asString().contains("taken from the folder " + val);
        }
        assertThat(openForEvaluation(Split.VALIDATION).size(Split.VALIDATION)).isEqualTo(4);
        assertThat(ImageSource.countClasses(directory)).isEqualTo(2);
    }

    @Test
    void testIsLeftForTestingIfThereIsAValidationFolder() {
        makeSet("train", 3);
        makeSet("valid", 2);
        makeSet("test", 1);
        ImageListing source = open(FolderOptions.defaults());
        assertThat(names(source, Split.VALIDATION)).hasSize(4).allMatch(name -> name.startsWith("valid/"));
        assertThat(source.size(Split.TEST)).as("for data and pack").isEqualTo(2);
        assertThat(source.notes()).anyMatch(note -> note.equals("The folder test is left for evaluate --test"));
        assertThat(names(openForEvaluation(Split.TEST), Split.VALIDATION))
                .containsExactly("test/ape/image_000.png", "test/cat/image_000.png");
    }

    @ParameterizedTest
    @CsvSource({"dev, val", "test, testing", "Val, val"})
    void twoOfAKindAreAChoice(String one, String other) {
        makeSet("train", 3);
        makeSet(one, 1);
        makeSet(other, 2);
        assertInvalid(() -> open(FolderOptions.defaults()), one + ", " + other, "--val DIR");
        assertInvalid(() -> openForEvaluation(one.equals("test") ? Split.TEST : Split.VALIDATION), "--val DIR");
        if (!one.equals("test")) {
            FolderOptions chosen = FolderOptions.defaults().withValidationFolder(directory.resolve(other));
            assertThat(names(open(chosen), Split.VALIDATION)).hasSize(4).contains(other + "/cat/image_001.png");
        }
    }

    @Test
    void twoTrainingFoldersAreRefused() {
        makeSet("train", 1);
        makeSet("training", 1);
        assertInvalid(() -> open(FolderOptions.defaults()), "train, training");
    }

    @Test
    void noValidationIsAnErrorUnlessAskedFor() {
        makeSet("train", 3);
        makeSet("extra", 3);
        assertInvalid(
                () -> open(FolderOptions.defaults()), "not used: extra", "--val DIR", "--split 0.2", "--no-validation");
        assertThat(open(FolderOptions.defaults().withValidation(Validation.NONE))
                        .size(Split.VALIDATION))
                .isZero();
        makeSet("val", 2);
        assertThat(open(FolderOptions.defaults().withValidation(Validation.NONE))
                        .size(Split.VALIDATION))
                .isZero();
    }

    @Test
    void aTestFolderWithoutLabelsIsNoValidation() {
        makeSet("train", 3);
        TestImages.write(directory.resolve("test/1.png"), TestImages.encode(TestImages.noise(12, 12, 1), "png"));
        assertInvalid(() -> open(FolderOptions.defaults()), "no images to validate on", "test is not used");
        makeSet("val", 1);
        assertThat(open(FolderOptions.defaults()).size(Split.TEST)).isZero();
    }

    @Test
    void aFolderOfClassesIsSplitByDefaultAndEvaluatedWhole() throws IOException {
        makeSet("", 50);
        ImageListing source = open(FolderOptions.defaults());
        assertThat(source.size(Split.TRAIN) + source.size(Split.VALIDATION)).isEqualTo(100);
        assertThat(source.size(Split.VALIDATION)).isBetween(8, 32);
        assertThat(source.share()).hasValue(0.2);
        assertThat(source.notes()).singleElement().asString().contains("split off to validate on (0.2 of each class");
        assertThat(openForEvaluation(Split.VALIDATION).size(Split.VALIDATION)).isEqualTo(100);

        FolderOptions remembered = FolderOptions.defaults().withSplit(0.2, 1);
        ImageListing heldOut =
                ImageSource.openForEvaluation(directory, CLASSES, Split.VALIDATION, remembered, ScanProgress.silent());
        assertThat(names(heldOut, Split.VALIDATION)).isEqualTo(names(source, Split.VALIDATION));
        assertInvalid(() -> openForEvaluation(Split.TEST), "no images to test on");

        makeSet("val", 1);
        assertThat(names(open(FolderOptions.defaults()), Split.VALIDATION)).hasSize(2);
        Files.createDirectories(directory.resolve("test"));
        assertInvalid(() -> open(FolderOptions.defaults()), "class test of", "is empty");
    }

    @Test
    void aChosenSplitGoesBeforeAValidationFolder() {
        makeSet("train", 40);
        makeSet("val", 1);
        ImageListing source = open(FolderOptions.defaults().withSplit(0.5, 7));
        assertThat(names(source, Split.VALIDATION))
                .hasSizeBetween(20, 60)
                .allMatch(name -> name.startsWith("train/"))
                .doesNotContainAnyElementsOf(names(source, Split.TRAIN));
        assertThat(source.notes()).anyMatch(note -> note.contains("not used: val"));
    }

    @Test
    void classesOfValidationMayDifferInCase() throws IOException {
        makeSet("train", 2);
        makeSet("val", 1);
        Files.move(directory.resolve("val/cat"), directory.resolve("val/Cat"));
        ImageListing source = open(FolderOptions.defaults());
        assertThat(source.label(Split.VALIDATION, 0)).as("Cat comes before ape").isEqualTo(1);
        assertThat(source.notes()).singleElement().asString().contains("the folder Cat is taken for the class cat");
    }

    @Test
    void classesThatDifferInCaseAreToldApartAndSaid() {
        TestImages.writeNoise(directory.resolve("train"), 2, 12, "Cat", "cat");
        makeSet("val", 0);
        TestImages.writeNoise(directory.resolve("val"), 1, 12, "cat");
        ImageListing source = open(FolderOptions.defaults());
        assertThat(source.classNames()).containsExactly("Cat", "cat");
        assertThat(source.notes()).singleElement().asString().contains("Cat and cat differ in case only");
    }

    @Test
    void aWrappedFolderIsNamed() {
        TestImages.writeNoise(directory.resolve("photographs/train"), 1, 12, "ape", "cat");
        assertInvalid(
                () -> open(FolderOptions.defaults()),
                "got only photographs",
                "Pass " + directory.resolve("photographs"));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -0.2, Double.NaN})
    void sharesOutOfRangeAreRefused(double share) {
        assertThatThrownBy(() -> FolderOptions.defaults().withSplit(share, 1))
                .hasMessageContaining("above 0 and below 1");
    }

    @Test
    void oneChoiceOnly() {
        FolderOptions folder = FolderOptions.defaults().withValidationFolder(directory);
        assertThatThrownBy(() -> folder.withSplit(0.2, 1)).hasMessageContaining("more than one way to validate");
        assertThatThrownBy(() -> folder.withValidation(Validation.NONE)).hasMessageContaining("one of --val DIR");
    }

    @Test
    void tarsOfClassesFollowTheSameRules() {
        byte[] image = TestImages.encode(TestImages.noise(12, 12, 3), "png");
        byte[] text = TestTars.ascii("no image at all");
        Map<String, byte[]> files = new TreeMap<>(
                Map.of("__MACOSX/._1.png", text, "deep/1.png", image, "image.txt", image, "notes.txt", text));
        for (String set : List.of("Training", "testing")) {
            for (String name : CLASSES) {
                TestImages.write(directory.resolve(set).resolve(name + ".tar"), TestTars.tar(files));
            }
        }
        ImageListing source = open(FolderOptions.defaults());
        assertThat(names(source, Split.TRAIN))
                .containsExactly(
                        "Training/ape/deep/1.png",
                        "Training/ape/image.txt",
                        "Training/cat/deep/1.png",
                        "Training/cat/image.txt");
        assertThat(source.size(Split.VALIDATION)).isEqualTo(4);
        assertThat(source.notes())
                .anyMatch(note -> note.startsWith("Files that are no images by name and content, ignored: 4 (4 .txt)"))
                .anyMatch(note -> note.startsWith("Hidden files and folders, ignored: 4"));
    }
}
