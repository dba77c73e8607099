package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user may get wrong: each is refused with what is wrong, what was expected and what to do. */
class BadInputTest {
    @TempDir
    static Path folder;

    private static Path run;

    @BeforeAll
    static void train() throws IOException {
        run = folder.resolve("run");
        Path data = TestPhotographs.folder(folder.resolve("data"), 2, 2);
        assertThat(train(data, run).status()).isZero();
    }

    private static Invocation train(Path data, Path run, String... more) {
        List<String> args = new ArrayList<>(List.of("--data", data.toString(), "--run", run.toString()));
        args.addAll(List.of("-D", "tandem.train.batch=6", "-D", "tandem.train.epochs=1"));
        args.addAll(List.of(more));
        return Invocation.tiny("train", args.toArray(String[]::new));
    }

    private static void assertMisused(Invocation invocation, String... said) {
        assertThat(invocation.err()).contains("Error: ").contains(said).doesNotContain("\tat ");
        assertThat(invocation.status()).isEqualTo(2);
    }

    private static Path data(String name) throws IOException {
        return TestPhotographs.folder(folder.resolve(name), 2, 2);
    }

    private static void delete(Path path) throws IOException {
        try (var files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void dataThatIsMissingOrEmpty() throws IOException {
        assertMisused(train(folder.resolve("nothing"), folder.resolve("r1")), "nothing", "train/CLASS/FILE");
        assertMisused(train(Files.createDirectory(folder.resolve("empty")), folder.resolve("r2")), "empty/train");
    }

    @Test
    void dataWithOneClassOrAnEmptyOne() throws IOException {
        Path one = data("one");
        delete(one.resolve("train/green"));
        delete(one.resolve("train/red"));
        assertMisused(train(one, folder.resolve("r3")), "only blue");
        Path hollow = data("hollow");
        delete(hollow.resolve("train/green"));
        Files.createDirectory(hollow.resolve("train/green"));
        assertMisused(train(hollow, folder.resolve("r4")), "class green of train is empty");
    }

    @Test
    void aValidationClassUnknownToTraining() throws IOException {
        Path odd = data("odd");
        Files.move(odd.resolve("val/green"), odd.resolve("val/greem"));
        assertMisused(train(odd, folder.resolve("r5")), "got greem", "the nearest is green");
    }

    @Test
    void aFewBadImagesAreListedInTheRunAndManyStopIt() throws IOException {
        Path some = TestPhotographs.folder(folder.resolve("some"), 50, 1);
        Files.writeString(some.resolve("train/red/page.jpg"), "<html>");
        Path listed = folder.resolve("listed");
        Invocation trained = train(some, listed, "-D", "tandem.train.batch=150");
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.out()).contains("1 files skipped, see bad-files.txt");
        assertThat(listed.resolve("bad-files.txt")).content().contains("train/red/page.jpg");

        for (int i = 0; i < 8; i++) {
            Files.createFile(some.resolve("train/red/zero" + i + ".jpg"));
        }
        assertMisused(
                train(some, folder.resolve("r6")),
                "9 of 159, expected at most 7 (5 %, and always 5)",
                "tandem.images.bad-share",
                "train/red/zero0.jpg",
                "the whole list is in ",
                "-bad-files.txt");
    }

    @ParameterizedTest
    @CsvSource({
        "tandem.train.bach=3, the nearest is tandem.train.batch",
        "tandem.train.batch=0, expected a whole number",
        "tandem.train.epochs=0, expected a whole number",
        "tandem.recipe=papr, 'unknown name, got papr (command line), expected one of [caffe, caffenet, cifar-11pct, cifar-13pct'",
        "tandem.backend=gpu, 'one of [cpu, cuda'",
        "tandem.ablations=no-lnr, 'no-lrn'",
        "tandem.recipes.small.width=13, 'tandem.recipes.small.width: the kernels do not divide into the paper''s proportions, got 13'",
        "tandem.recipes.small.width=13, Use 12 or 24",
        "tandem.recipes.small.crop=61, 'tandem.recipes.small.crop: larger than the stored image, got 61, expected at most 60'",
        "tandem.recipes.small.image=55, raise tandem.recipes.small.image to 56 or more",
        "tandem.recipes.small.crop=20, 'tandem.recipes.small.crop: too small: a layer would have no output, got 20, expected 52 or more'",
        "tandem.recipes.small.crop=51, 52 or more",
        "tandem.cluster.workers=2, 'tandem.cluster.workers is for training on Spark, and this is one process, got 2'",
        "tandem.cluster.local-steps=5, Train on Spark with tandem-spark",
        "tandem.init.weights=wide, 'he, or a number above 0'",
        "tandem.init.weights=0, 'he, or a number above 0'",
        "tandem.init.bias=one, 'a number, -10.0 to 10.0'"
    })
    void settings(String setting, String said) {
        assertMisused(train(folder.resolve("data"), folder.resolve("r7"), "-D", setting), said);
        assertThat(folder.resolve("r7/config.conf")).doesNotExist();
    }

    @Test
    void optionsAreSuggested() {
        Invocation mistyped = Invocation.of("train", "--epoch", "3");
        assertThat(mistyped.status()).isEqualTo(2);
        assertThat(mistyped.err()).contains("Unknown option").contains("--epochs");
        assertThat(Invocation.of("trian").status()).isEqualTo(2);
        assertThat(Invocation.of().status()).isEqualTo(2);
        assertThat(Invocation.of("train", "-D", "tandem.recipe").err()).contains("KEY=VALUE");
    }

    @Test
    void aRunFolderThatHoldsARunOrHoldsNoneOrCannotBeMade() throws IOException {
        assertMisused(train(folder.resolve("data"), run), "it holds a run", "--resume");
        assertMisused(Invocation.of("evaluate", "--run", folder.toString()), "no run is there");
        assertMisused(Invocation.of("train", "--resume"), "--run DIR");
        Path file = Files.createFile(folder.resolve("file"));
        Invocation unwritable = train(folder.resolve("data"), file.resolve("run"));
        assertThat(unwritable.status()).isEqualTo(1);
        assertThat(unwritable.err()).contains("it cannot be made", "--run");
    }

    @ParameterizedTest
    @CsvSource({
        "--recipe, paper, tandem.recipe differs from the run's",
        "--batch, 3, tandem.train.batch differs from the run's",
        "--seed, 9, tandem.train.seed differs from the run's",
        "-D, tandem.cluster.workers=2, train --resume: tandem.cluster.workers is for training on Spark"
    })
    void aResumedRunThatWouldBeAnother(String option, String value, String said) {
        assertMisused(Invocation.of("train", "--resume", "--run", run.toString(), option, value), said);
    }

    @ParameterizedTest
    @CsvSource({
        "--layer, fc9, 'no such layer, got fc9, expected one of [conv1, '",
        "--views, 3, 'no such set of crops, got 3, expected 1, 9 or 10'",
        "--out, f.txt, 'unknown kind of file to write, got f.txt, expected a name that ends with .npy, .csv or .parquet'",
        "--checkpoint, none.safetensors, none.safetensors"
    })
    void featuresOfWhatIsNotThere(String option, String value, String said) {
        List<String> args = new ArrayList<>(List.of("--run", run.toString(), option, value));
        if (!option.equals("--out")) {
            args.addAll(List.of("--out", folder.resolve("f.npy").toString()));
        }
        args.add(folder.resolve("data").toString());
        assertMisused(Invocation.tiny("features", args.toArray(String[]::new)), said);
        assertThat(folder.resolve("f.npy")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "--port, 70000, no such port",
        "--port, x, Invalid value for option",
        "--token, short, it cannot be used as a token",
        "--host, a b, no name of a host",
        "--name, a/b, not a name for clients",
        "--views, 3, 3",
        "--batch, 0, rows out of range",
        "--batch-wait, -1, batch wait out of range",
        "--queue, 1, rows out of range",
        "--checkpoint, nothing.safetensors, nothing.safetensors"
    })
    void servingAsItCannotBeDone(String option, String value, String said) {
        Invocation invocation = Invocation.tiny("serve", "--run", run.toString(), option, value);
        assertThat(invocation.err()).contains(said).doesNotContain("\tat ");
        assertThat(invocation.status()).isEqualTo(2);
    }

    @Test
    void servingWhatIsNotThere() {
        assertMisused(Invocation.tiny("serve", "--run", folder.toString()), "no run is there");
        Path file = run.resolve("checkpoints/last.safetensors");
        assertMisused(Invocation.tiny("serve", "--run", file.toString(), "--checkpoint", "last"), "of a run only");
    }

    @Test
    void featuresOfNoImages() {
        String nothing = folder.resolve("nothing.jpg").toString();
        assertMisused(
                Invocation.tiny("features", "--run", run.toString(), "--out", "f.npy", nothing),
                "nothing.jpg is neither a file nor a folder, got nothing there, expected an image file, or a folder");
        assertMisused(
                Invocation.tiny("features", "--run", folder.toString(), "--out", "f.npy", nothing), "no run is there");
        assertThat(Invocation.of("features", "--run", run.toString(), "--out", "f.npy")
                        .status())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "--layer, fc9, 'no such layer, got fc9, expected one of [conv1, '",
        "--count, 0, '--count: out of range, got 0, expected 1 to 100'",
        "--out, sheet.jpg, 'the sheet is a PNG picture, got sheet.jpg, expected a name that ends with .png'",
        "--gallery, nothing, '--gallery: nothing is no folder, got nothing there, expected a folder of images'"
    })
    void nearestOfWhatIsNotThere(String option, String value, String said) {
        List<String> args = new ArrayList<>(List.of("--run", run.toString(), option, value));
        if (!option.equals("--gallery")) {
            args.addAll(List.of("--gallery", folder.resolve("data").toString()));
        }
        args.add(folder.resolve("data/train/red/image0.png").toString());
        assertMisused(Invocation.tiny("nearest", args.toArray(String[]::new)), said);
        assertThat(run).isDirectoryNotContaining("glob:**.features");
    }

    @ParameterizedTest
    @CsvSource({
        "--views, 3, '--views: no such set of crops, got 3, expected 1, 9 or 10'",
        "--search, -1, '--search: out of range, got -1, expected 0 to '",
        "--checkpoint, nothing, '--checkpoint: no such file, got nothing, expected last, best or the file'",
        "--out, report.pdf, 'the report is an HTML page'",
        "--run, nothing, 'run folder nothing: no run is there'",
        "--data, nothing, 'nothing'"
    })
    void reportsOfWhatIsNotThere(String option, String value, String said) {
        assertMisused(Invocation.tiny("report", "--run", run.toString(), option, value), said);
        assertThat(run.resolve("report.html")).doesNotExist();
        assertThat(run.resolve("report-data")).doesNotExist();
    }

    @Test
    void reportsOnARunTwiceOrOntoAFolder() throws IOException {
        assertMisused(
                Invocation.tiny(
                        "report",
                        "--run",
                        run.toString(),
                        "--run",
                        run.resolve(".").toString()),
                "a run is named twice");
        Path taken = Files.createDirectory(folder.resolve("taken.html"));
        assertMisused(
                Invocation.tiny("report", "--run", run.toString(), "--out", taken.toString()), "a folder is there");
        Path inFile = folder.resolve("data/train/red/image0.png").resolve("report.html");
        assertMisused(
                Invocation.tiny("report", "--run", run.toString(), "--out", inFile.toString()),
                "nothing can be written there");
        assertThat(Invocation.of("report").status()).isEqualTo(2);
    }

    @Test
    void imagesThatCannotBeCompared() {
        String image = folder.resolve("data/train/red/image0.png").toString();
        assertMisused(
                Invocation.of("compare", image, image, "--run", run.toString()),
                "the weights of LPIPS are for another net",
                "got small with [12, ",
                "./tandem import alexnet-owt-7be5be79.pth --run DIR");
        assertMisused(
                Invocation.of("compare", image, folder.toString(), "--run", run.toString()),
                "only one of them is a folder");
        assertMisused(Invocation.of("compare", image, image, "--run", image), "image0.png");
        assertThat(Invocation.of("compare", image, "--run", run.toString()).status())
                .isEqualTo(2);
    }

    @Test
    void aResumedRunOnOtherImages() throws IOException {
        Path other = TestPhotographs.folder(folder.resolve("other"), 3, 2);
        assertMisused(
                Invocation.of("train", "--resume", "--run", run.toString(), "--data", other.toString()),
                "other images (fingerprint)");
    }

    @Test
    void aCheckpointThatIsTruncatedOrOfAnotherModel() throws IOException {
        byte[] best = Files.readAllBytes(run.resolve("checkpoints/best.safetensors"));
        Path truncated = Files.write(folder.resolve("truncated.safetensors"), Arrays.copyOf(best, best.length / 2));
        assertMisused(
                Invocation.of("evaluate", "--run", run.toString(), "--checkpoint", truncated.toString()),
                "truncated.safetensors");
        assertMisused(Invocation.of("evaluate", "--run", run.toString(), "--recipe", "paper"), "paper", "small");

        Path fewer = data("fewer");
        delete(fewer.resolve("train/red"));
        delete(fewer.resolve("val/red"));
        Path two = folder.resolve("two");
        assertThat(train(fewer, two, "-D", "tandem.train.batch=4").status()).isZero();
        assertMisused(
                Invocation.of(
                        "evaluate",
                        "--run",
                        run.toString(),
                        "--checkpoint",
                        two.resolve("checkpoints/last.safetensors").toString()),
                "another number of classes, got 2, expected 3");
    }

    @Test
    void exportsThatCannotBe() throws IOException {
        Path file = folder.resolve("net.onnx");
        assertMisused(export(folder.resolve("net.bin")), "the format cannot be told from the file's name", "net.bin");
        assertMisused(export(file, "--format", "h5"), "no such format, got h5", "caffemodel");
        assertMisused(
                export(folder.resolve("net.npz"), "--with-preprocessing"),
                "preprocessing in a format that has no graph, got npz, expected onnx");
        assertMisused(export(folder, "--format", "npz"), "it is a folder");
        Files.writeString(file, "mine");
        assertMisused(export(file), "it is there already", "--overwrite");
        assertThat(file).content().isEqualTo("mine");
        Path checkpoint = run.resolve("checkpoints/last.safetensors");
        assertMisused(
                export(checkpoint, "--checkpoint", "last", "--overwrite"), "it is the checkpoint that is exported");
        assertMisused(
                Invocation.of("export", "--run", folder.resolve("none").toString(), "net.pth"), "no run is there");
    }

    private static Invocation export(Path file, String... more) {
        List<String> args = new ArrayList<>(List.of("export", "--run", run.toString(), file.toString()));
        args.addAll(List.of(more));
        return Invocation.of(args.toArray(String[]::new));
    }

    @Test
    void pagesWithoutAFolderOrAPort() throws IOException {
        Path file = Files.writeString(folder.resolve("no-folder"), "");
        assertMisused(Invocation.of("view", "--runs", file.toString()), "the runs are in no folder", "--runs");
        String runs = folder.resolve("no-runs").toString();
        assertMisused(Invocation.of("view", "--runs", runs, "--port", "70000"), "no such port", "70000", "65535");
        assertMisused(Invocation.of("view", "--runs", runs, "--token", "a b"), "it cannot be used as a token");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Invocation second = Invocation.of("view", "--runs", runs, "--port", Integer.toString(taken.getLocalPort()));
            assertThat(second.status()).isEqualTo(1);
            assertThat(second.err()).contains("the port cannot be had").contains("another --port");
        }
    }
}
