package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is trained, validated and tested on, from the command line. */
class FolderChoiceTest {
    @TempDir
    Path folder;

    private Path data(int training, int validation) throws IOException {
        return TestPhotographs.folder(folder.resolve("data"), training, validation);
    }

    private static Invocation run(String command, Path run, String... more) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(Invocation.TINY);
        all.addAll(List.of("--json", "--run", run.toString()));
        all.addAll(List.of(more));
        Invocation invocation = Invocation.of(all.toArray(String[]::new));
        assertThat(invocation.status()).as(invocation.err()).isZero();
        return invocation;
    }

    private static Invocation train(Path data, Path run, String... more) {
        List<String> all = new ArrayList<>(List.of("--data", data.toString(), "--batch", "6", "--epochs", "1"));
        all.addAll(List.of(more));
        return run("train", run, all.toArray(String[]::new));
    }

    @Test
    void aFolderOfClassesIsSplitAndTheRunKeepsTheSplit() throws IOException {
        Path classes = data(20, 4).resolve("train");
        Path run = folder.resolve("run");
        Invocation training = train(classes, run);
        assertThat(training.err()).contains("of 60 images are split off to validate on (0.2 of each class, seed 1)");
        assertThat(run.resolve("config.conf")).content().contains("tandem.images.split = 0.2");

        Invocation evaluation = run("evaluate", run);
        assertThat(evaluation.json().get("images").asInt()).isBetween(3, 30);
        Invocation overview = Invocation.of("data", classes.toString(), "--json");
        assertThat(overview.json().at("/images/val"))
                .isEqualTo(evaluation.json().get("images"));
        assertThat(overview.json().get("notes")).hasSize(1);
        run("train", run, "--resume", "--override", "--epochs", "2");

        Path other = folder.resolve("data/val");
        assertThat(run("evaluate", run, "--data", other.toString())
                        .json()
                        .get("images")
                        .asInt())
                .as("all of another folder")
                .isEqualTo(12);
        Path shards = folder.resolve("shards");
        assertThat(Invocation.of("pack", classes.toString(), shards.toString(), "--side", "60", "--json")
                        .json()
                        .at("/packed/images/val"))
                .as("packing splits alike")
                .isEqualTo(overview.json().at("/images/val"));
    }

    @Test
    void optionsChooseWhatIsValidatedOn() throws IOException {
        Path data = data(6, 2);
        Path elsewhere = Files.move(data.resolve("val"), folder.resolve("elsewhere"));
        Invocation refused = Invocation.tiny(
                "train",
                "--data",
                data.toString(),
                "--run",
                folder.resolve("none").toString());
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("no images to validate on", "--val DIR", "--split 0.2", "--no-validation");

        Path run = folder.resolve("run");
        assertThat(train(data, run, "--val", elsewhere.toString()).err())
                .contains("18 training and 6 validation images");
        assertThat(run("evaluate", run).json().get("images").asInt()).isEqualTo(6);
        assertThat(train(data, folder.resolve("blind"), "--no-validation").err())
                .contains("18 training and 0 validation images");
        run("train", folder.resolve("blind"), "--resume", "--override", "--epochs", "2");
        assertThat(train(data, folder.resolve("split"), "--split", "0.5").err()).contains("(0.5 of each class");

        Files.move(elsewhere, data.resolve("Valid"));
        TestPhotographs.folder(folder.resolve("more"), 1, 1);
        Files.move(folder.resolve("more/val"), data.resolve("test"));
        assertThat(run("evaluate", folder.resolve("blind")).json().get("images").asInt())
                .isEqualTo(6);
        assertThat(run("evaluate", folder.resolve("blind"), "--test")
                        .json()
                        .get("images")
                        .asInt())
                .isEqualTo(3);
        Invocation twice = Invocation.tiny("train", "--data", data.toString(), "--split", "0.5", "--no-validation");
        assertThat(twice.status()).isEqualTo(2);
        assertThat(twice.err()).contains("more than one way to validate");
    }

    @Test
    void aRunFromBeforeWithoutValidationResumes() throws IOException {
        Path data = data(6, 2);
        Files.move(data.resolve("val"), folder.resolve("elsewhere"));
        Path run = folder.resolve("run");
        train(data, run, "--no-validation");
        Path config = run.resolve("config.conf");
        List<String> before = Files.readAllLines(config).stream()
                .filter(line -> !line.startsWith("tandem.images.") && !line.startsWith("tandem.train.sampling"))
                .toList();
        Files.write(config, before);
        run("train", run, "--resume", "--override", "--epochs", "2");
    }

    @Test
    void unequalClassesAreToldWithTheMeansAndBalancedSamplingIsOne() throws IOException {
        Path data = data(2, 1);
        Path red = data.resolve("train/red");
        for (int i = 0; i < 30; i++) {
            Files.copy(red.resolve("image0.png"), red.resolve("more" + i + ".png"));
        }
        assertThat(train(data, folder.resolve("natural")).err())
                .contains("32 images of red, 2 of blue", "tandem.train.sampling", "tandem.train.class-weights");
        Path balanced = folder.resolve("balanced");
        assertThat(train(data, balanced, "-D", "tandem.train.sampling=balanced").err())
                .doesNotContain("very unequal");
        Invocation changed = Invocation.tiny(
                "train", "--resume", "--run", balanced.toString(), "-D", "tandem.train.sampling=natural");
        assertThat(changed.status()).isEqualTo(2);
        assertThat(changed.err()).contains("tandem.train.sampling differs from the run's");
    }
}
