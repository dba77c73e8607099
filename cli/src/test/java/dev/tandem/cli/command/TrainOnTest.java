package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** What {@code train --from} prints and refuses. */
class TrainOnTest {
    @TempDir
    static Path folder;

    private static Path data;
    private static Path source;
    private Path run;

    @BeforeAll
    static void train() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 4, 2);
        source = folder.resolve("source");
        Invocation trained = Invocation.tiny(
                "train", "--data", data.toString(), "--run", source.toString(), "--epochs", "1", "--batch", "6");
        assertThat(trained.status()).as(trained.err()).isZero();
    }

    @BeforeEach
    void name(TestInfo test) {
        run = folder.resolve(test.getTestMethod().orElseThrow().getName());
    }

    private Invocation from(Path weights, Path images, String... more) {
        List<String> all = new ArrayList<>(List.of("train", "--from", weights.toString(), "--run", run.toString()));
        all.addAll(List.of("--data", images.toString(), "--epochs", "1", "--batch", "6", "-D", "tandem.backend=cpu"));
        all.addAll(List.of(more));
        return Invocation.of(all.toArray(String[]::new));
    }

    private static Path withTwoClassesChanged(String name) throws IOException {
        Path others = TestPhotographs.folder(folder.resolve(name), 4, 2);
        for (String set : List.of("train", "val")) {
            Files.move(others.resolve(set).resolve("red"), others.resolve(set).resolve("rot"));
            Files.move(others.resolve(set).resolve("blue"), others.resolve(set).resolve("blau"));
        }
        return others;
    }

    @Test
    void saysWhatIsTakenAndHowItIsTrained() throws IOException {
        Path best = source.resolve("checkpoints/best.safetensors");
        Path others = withTwoClassesChanged("two");
        Invocation trained = from(
                best, others, "--freeze", "conv*,fc6", "--freeze", "fc7", "--head-rate", "10", "--no-augmentation");
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.out())
                .contains("Weights of " + best + ":")
                .contains("conv1  taken, frozen")
                .contains("fc7    taken, frozen")
                .contains("The outputs of the frozen layers up to fc6 are computed once and kept, in 0 MB")
                .doesNotContain("it can be better, and is faster, to freeze")
                .contains(
                        "fc8    1 of 3 classes taken by their names, 2 other classes left out, new: blau, rot, learning rate 0.1");
        assertThat(Files.readString(run.resolve("config.conf")))
                .contains("tandem.train.freeze = [\"conv*\",\"fc6\",\"fc7\"]  # command line")
                .contains("tandem.train.augmentation = \"none\"")
                .contains("tandem.recipes.small.width = 12  # tandem.train.from");
        assertThat(Files.readString(run.resolve("events.jsonl"))).contains("\"weights\"", best.toString());
    }

    @Test
    void allIsTakenOfTheSameClassesAndMoreImages() throws IOException {
        Path more = TestPhotographs.folder(folder.resolve("more"), 6, 2);
        Invocation refused = Invocation.of(
                "train", "--resume", "--run", source.toString(), "--override", "--epochs", "2", "--data", more + "");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("other images", "./tandem train --from " + source + " --data DIR");
        Invocation trained = from(source, more);
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.out())
                .contains("fc8    taken, learning rate 0.01")
                .contains(
                        "Only 18 images of 3 classes: it can be better, and is faster, to freeze",
                        "such as --freeze 'conv*'");
    }

    @Test
    void saysWhenFrozenLayersAreComputedInEveryEpoch() throws IOException {
        Invocation varied = from(source, data, "--freeze", "conv*");
        assertThat(varied.out())
                .contains("up to pool5 are computed in every epoch, as images vary; with --no-augmentation");
        run = folder.resolve("too-little");
        Path many = TestPhotographs.folder(folder.resolve("many"), 250, 2);
        Invocation tooMany =
                from(source, many, "--freeze", "conv1", "--no-augmentation", "-D", "tandem.train.feature-memory=1");
        assertThat(tooMany.status()).as(tooMany.err()).isZero();
        assertThat(tooMany.out()).contains("as they take", "raise tandem.train.feature-memory");
    }

    @Test
    void aResumedRunKeepsWhatItBeganWith() {
        assertThat(from(source, data, "--freeze", "conv1").status()).isZero();
        for (String other : List.of("--from=" + folder, "--head-rate=2", "--freeze=conv2", "--no-augmentation")) {
            Invocation refused = Invocation.of("train", "--resume", "--run", run.toString(), other);
            assertThat(refused.status()).as(other).isEqualTo(2);
            assertThat(refused.err()).contains("differs from the run's", "./tandem train --from");
        }
        Invocation longer = Invocation.of("train", "--resume", "--run", run.toString(), "--override", "--epochs", "2");
        assertThat(longer.status()).as(longer.err()).isZero();
    }

    @Test
    void whatCannotBeTakenIsRefusedWithoutATrace() throws IOException {
        Path text = Files.writeString(folder.resolve("text.pth"), "no weights");
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertRefused(from(folder.resolve("nowhere"), data), "nowhere");
        assertRefused(from(text, data), "text.pth");
        assertRefused(from(empty, data), "no checkpoint is there");
        assertRefused(from(source, data, "-D", "tandem.recipes.small.hidden=20"), "fc6.weight has another shape there");
        assertRefused(from(source, data, "--freeze", "fc9"), "no layer has such a name, got fc9");
        assertRefused(from(source, data, "--head-rate", "0"), "tandem.train.head-rate");
        Invocation ablate = Invocation.of("ablate", "-D", "tandem.train.from=" + source);
        assertRefused(ablate, "each variant begins at random");
    }

    private void assertRefused(Invocation invocation, String said) {
        assertThat(invocation.err()).contains("Error: ").contains(said).doesNotContain("\tat ");
        assertThat(invocation.status()).isEqualTo(2);
        assertThat(run).doesNotExist();
    }
}
