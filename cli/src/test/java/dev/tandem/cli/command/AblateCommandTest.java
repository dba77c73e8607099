package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.cli.Invocation;
import dev.tandem.run.RunFolder;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recipe with and without its parts, over seeds. */
class AblateCommandTest {
    @TempDir
    static Path folder;

    private static Path data;

    @BeforeAll
    static void photographs() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 6, 4);
    }

    private static String[] arguments(String runs, String... more) {
        List<String> all = new ArrayList<>(List.of("ablate"));
        all.addAll(Invocation.TINY);
        all.addAll(List.of("--data", data.toString(), "-D", "tandem.train.batch=6"));
        all.addAll(List.of("--runs", folder.resolve(runs).toString()));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void theTableHasARowForEachAndTheSameCommandTrainsNothingAgain() throws IOException {
        Path table = folder.resolve("table.md");
        String[] command = arguments(
                "table",
                "--epochs",
                "1",
                "--seeds",
                "1,2",
                "--ablations",
                "no-lrn,no-lrn+without-fc7",
                "--out",
                table.toString(),
                "--json");
        Invocation study = Invocation.of(command);
        assertThat(study.status()).as(study.err()).isZero();
        assertThat(study.err())
                .contains("6 trials of 1 epochs: 3 variants with 2 seeds each", "trial 6 of 6", "| verdict |");
        JsonNode answer = study.json();
        assertThat(answer.get("recipe").asText()).isEqualTo("small");
        assertThat(answer.get("images").asInt()).isEqualTo(12);
        JsonNode rows = answer.get("rows");
        assertThat(rows).hasSize(3);
        assertThat(rows.get(0).get("verdict").isNull()).isTrue();
        JsonNode both = rows.get(2);
        assertThat(both.get("variant").asText()).isEqualTo("no-lrn+without-fc7");
        assertThat(both.get("errors")).hasSize(2);
        assertThat(both.get("low").asDouble()).isLessThan(both.get("high").asDouble());
        assertThat(both.get("verdict").asText()).matches("no difference seen|(worse|better) by .* to .*");
        assertThat(Files.readString(table)).contains("| (whole) | ", "| no-lrn | ", "| no-lrn+without-fc7 | ");
        JsonNode numbers =
                new ObjectMapper().readTree(folder.resolve("table.json").toFile());
        assertThat(numbers).isEqualTo(answer);
        RunFolder last = RunFolder.existing(folder.resolve("table/no-lrn+without-fc7-seed-2"));
        assertThat(last.configuration().ablations()).containsExactly("no-lrn", "without-fc7");
        assertThat(last.configuration().train().seed()).isEqualTo(2);
        Invocation again = Invocation.of(command);
        assertThat(again.json()).isEqualTo(answer);
        assertThat(again.err()).doesNotContain("trial 1 of").contains("(whole), seed 1: top-1 error");
    }

    @Test
    void anInterruptedStudyGoesOnToTheSameTable() throws IOException {
        String[] study = {"--epochs", "2", "--seeds", "1,2", "--ablations", "no-lrn", "--json"};
        AtomicBoolean asked = new AtomicBoolean();
        Invocation part = Invocation.of(
                (interrupt, text) -> {
                    if (text.startsWith("trial 2 of 4") && asked.compareAndSet(false, true)) {
                        interrupt.request();
                    }
                },
                arguments("part", study));
        assertThat(part.status()).as(part.err()).isEqualTo(130);
        assertThat(part.err())
                .contains("Interrupted in trial 2 of 4 (no-lrn, seed 1). The same command goes on from there; what is"
                        + " trained is in " + folder.resolve("part"));
        assertThat(part.json().get("error").get("code").asText()).isEqualTo("INTERRUPTED");
        Invocation rest = Invocation.of(arguments("part", study));
        assertThat(rest.status()).as(rest.err()).isZero();
        assertThat(rest.err()).contains("trial 2 of 4 (no-lrn, seed 1)").doesNotContain("trial 1 of 4");
        Invocation whole = Invocation.of(arguments("whole", study));
        assertThat(rest.json().get("rows")).isEqualTo(whole.json().get("rows"));
    }

    @Test
    void aVariantMayPrepareImagesOtherwiseAndAllMayHaveAChange() throws IOException {
        Invocation crops = Invocation.of(arguments(
                "crops",
                "--recipe",
                "cifar-19pct",
                "--epochs",
                "1",
                "--seeds",
                "5",
                "--with",
                "no-weight-decay",
                "--ablations",
                "crops",
                "--json"));
        assertThat(crops.status()).as(crops.err()).isZero();
        JsonNode answer = crops.json();
        assertThat(answer.get("with").get(0).asText()).isEqualTo("no-weight-decay");
        assertThat(answer.get("rows").get(1).get("low").isNull()).isTrue();
        assertThat(answer.get("rows").get(1).get("verdict").asText()).isEqualTo("one seed tells no difference");
        assertThat(crops.err()).contains("Recipe cifar-19pct with no-weight-decay, 1 epochs, seeds 5");
        assertThat(RunFolder.existing(folder.resolve("crops/crops-seed-5"))
                        .configuration()
                        .ablations())
                .containsExactly("no-weight-decay", "crops");
    }

    @Test
    void aTrialThatDivergesIsARowAndNotTheEnd() throws IOException {
        Invocation steep = Invocation.of(arguments(
                "steep",
                "--epochs",
                "20",
                "--seeds",
                "1",
                "--ablations",
                "no-lrn",
                "-D",
                "tandem.train.learning-rate=1000",
                "--json"));
        assertThat(steep.status()).as(steep.err()).isZero();
        for (JsonNode row : steep.json().get("rows")) {
            assertThat(row.get("errors").get(0).isNull()).isTrue();
            assertThat(row.get("mean").isNull()).isTrue();
            assertThat(row.get("verdict").asText()).isEqualTo("diverged with seed 1");
        }
        assertThat(steep.err()).contains("(whole), seed 1: diverged");
    }

    @Test
    void whatIsWrongIsRefusedBeforeTheFirstTraining() throws IOException {
        refused("unknown name, got no-lnr, expected one of [", "--ablations", "no-lnr");
        refused("tandem.ablations: unknown name, got , expected one of", "--ablations", "no-lrn+");
        refused(
                "tandem.ablations: recipe small has nothing for it to change, got no-lrn",
                "--ablations",
                "no-lrn+no-lrn");
        refused(
                "with these settings it changes nothing, got no-augmentation",
                "--ablations",
                "tanh,no-augmentation",
                "-D",
                "tandem.train.augmentation=none");
        refused("ablate --ablations: named twice, got tanh", "--ablations", "tanh,tanh");
        refused("ablate --seeds: named twice, got 2", "--seeds", "1,2,2");
        refused("each trial has a seed of its own, got tandem.train.seed = 4", "-D", "tandem.train.seed=4");
        refused("ablate: tandem.cluster.local-steps is for training on Spark", "-D", "tandem.cluster.local-steps=5");
        refused("ablate: no validation images, got 0", "--no-validation");
        refused("the table is Markdown", "--out", folder.resolve("x.json").toString());
        refused("write " + data + ": a folder is there", "--out", data.toString());
    }

    private static void refused(String message, String... more) {
        Invocation wrong = Invocation.of(arguments("refused", more));
        assertThat(wrong.status()).as(wrong.err()).isEqualTo(2);
        assertThat(wrong.err()).contains(message).doesNotContain("trial 1 of");
        assertThat(folder.resolve("refused")).doesNotExist();
    }

    @Test
    void aFolderOfOtherThingsOrOfOtherTrialsIsRefused() throws IOException {
        Path runs = folder.resolve("other");
        Files.createDirectories(runs.resolve("my-thesis"));
        Invocation thesis = Invocation.of(arguments("other"));
        assertThat(thesis.status()).isEqualTo(2);
        assertThat(thesis.err()).contains("it holds something else than trials, got my-thesis");
        Files.delete(runs.resolve("my-thesis"));
        String[] study = {"--epochs", "1", "--seeds", "1", "--ablations", "tanh"};
        assertThat(Invocation.of(arguments("other", study)).status()).isZero();
        for (String[] setting : List.of(
                new String[] {"tandem.train.epochs", "got 2 (command line), expected 1", "--epochs", "2"},
                new String[] {"tandem.recipe", "got owt (command line), expected small", "--recipe", "owt"},
                new String[] {"tandem.ablations", "got [no-lrn, tanh] (ablate)", "--with", "no-lrn"})) {
            List<String> all = new ArrayList<>(List.of("--seeds", "2,1", "--ablations", "tanh"));
            all.addAll(List.of(setting).subList(2, 4));
            if (!all.contains("--epochs")) {
                all.addAll(List.of("--epochs", "1"));
            }
            Invocation wrong = Invocation.of(arguments("other", all.toArray(String[]::new)));
            assertThat(wrong.status()).as(wrong.err()).isEqualTo(2);
            assertThat(wrong.err())
                    .contains(setting[0] + " differs from the run's")
                    .doesNotContain("trial 1 of");
        }
        try (Stream<Path> trials = Files.list(runs)) {
            assertThat(trials.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("whole-seed-1", "tanh-seed-1");
        }
        Invocation from = Invocation.of(arguments("other", "-D", "tandem.train.from=" + runs.resolve("whole-seed-1")));
        assertThat(from.status()).isEqualTo(2);
        assertThat(from.err()).contains("ablate: each variant begins at random").contains("got tandem.train.from = ");
        // More seeds and ablations, and a table beside the trials, are welcome.
        Invocation more = Invocation.of(arguments(
                "other",
                "--epochs",
                "1",
                "--seeds",
                "2,1,-3",
                "--ablations",
                "no-lrn",
                "--out",
                runs.resolve("table.md").toString()));
        assertThat(more.status()).as(more.err()).isZero();
        assertThat(more.err()).contains("trial 1 of 6 ((whole), seed 2)").doesNotContain("trial 3 of 6");
        assertThat(runs.resolve("whole-seed--3")).isDirectory();
        assertThat(Invocation.of(arguments("other", study)).status()).isZero();
    }
}
