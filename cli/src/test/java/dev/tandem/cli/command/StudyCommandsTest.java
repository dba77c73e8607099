package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several runs together, a rate changed from outside, and what a plan predicts. */
class StudyCommandsTest {
    @TempDir
    static Path folder;

    private static Path data;

    @BeforeAll
    static void photographs() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 6, 4);
    }

    private static Path trained(String name, String seed) {
        Path run = folder.resolve(name);
        Invocation training = Invocation.tiny(
                "train",
                "--data",
                data.toString(),
                "--run",
                run.toString(),
                "--batch",
                "6",
                "--epochs",
                "2",
                "--seed",
                seed);
        assertThat(training.status()).as(training.err()).isZero();
        return run;
    }

    @Test
    void evaluationAveragesRunsAndShowsEachClass() throws IOException {
        Path one = trained("one", "1");
        Path two = trained("two", "2");
        double first = logLoss(one);
        double second = logLoss(two);
        Invocation both = Invocation.of("evaluate", "--run", one.toString(), "--run", two.toString(), "--json");
        assertThat(both.status()).as(both.err()).isZero();
        JsonNode answer = both.json();
        assertThat(answer.get("runs").asInt()).isEqualTo(2);
        // The log-loss of a mean of predictions is never above the mean of the log-losses (Jensen).
        assertThat(answer.get("logLoss").asDouble()).isLessThanOrEqualTo((first + second) / 2 + 1e-9);
        double mean = 0;
        for (JsonNode row : answer.get("perClass")) {
            mean += row.get("error").asDouble() / TestPhotographs.CLASSES.size();
        }
        assertThat(answer.get("top1Error").asDouble())
                .as("classes of equal size")
                .isEqualTo(mean, within(1e-12));
        assertThat(ImageIO.read(one.resolve("confusion.png").toFile()).getWidth())
                .isGreaterThan(3 * 36);
    }

    private static double logLoss(Path run) throws IOException {
        return Invocation.of("evaluate", "--run", run.toString(), "--json")
                .json()
                .get("logLoss")
                .asDouble();
    }

    @Test
    void aRateAskedForFromOutsideIsTakenAndRecorded() throws IOException {
        Path run = folder.resolve("rated");
        AtomicBoolean asked = new AtomicBoolean();
        Invocation training = Invocation.of(
                (interrupt, text) -> {
                    if (text.contains("epoch") && asked.compareAndSet(false, true)) {
                        assertThat(Invocation.of("rate", "--run", run.toString(), "0.0025")
                                        .status())
                                .isZero();
                    }
                    if (Files.exists(run.resolve("events.jsonl"))) {
                        interrupt.request();
                    }
                },
                arguments(run));
        assertThat(training.status()).as(training.err()).isEqualTo(130);
        assertThat(Files.readString(run.resolve("events.jsonl")))
                .contains("\"setting\":\"rate\"", "\"from\":\"0.01\"", "\"to\":\"0.0025\"");
        assertThat(run.resolve("requested-rate.txt")).doesNotExist();
        Invocation wrong = Invocation.of("rate", "--run", run.toString(), "0");
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.err()).contains("rate: not above 0");
    }

    private static String[] arguments(Path run) {
        List<String> all = new ArrayList<>(List.of("train"));
        all.addAll(Invocation.TINY);
        all.addAll(List.of("--data", data.toString(), "--run", run.toString(), "--batch", "6", "--epochs", "2000"));
        return all.toArray(String[]::new);
    }

    @Test
    void aPlanPredictsEachStrategy() throws IOException {
        Invocation plan = Invocation.of(
                "plan",
                "--recipe",
                "owt",
                "--devices",
                "4",
                "--batch",
                "512",
                "--gflops",
                "1300",
                "--bandwidth",
                "8",
                "--json");
        assertThat(plan.status()).as(plan.err()).isZero();
        JsonNode rows = plan.json().get("rows");
        assertThat(rows)
                .extracting(row -> row.get("strategy").asText())
                .containsExactly("single", "columns", "data", "hybrid");
        assertThat(rows.get(3).get("speedup").asDouble()).as("2014: 3.74").isBetween(3.3, 4.0);
        assertThat(Invocation.of("plan", "--gflops", "0", "--bandwidth", "8").status())
                .isEqualTo(2);
    }

    @Test
    void aPlanPredictsRoundsOverSeveralMachines() throws IOException {
        // Two cores take 2.6 s for a step of 128 images; with 50 local steps and 10 to 20 s a round some 88 % is kept.
        Invocation plan =
                spark("--recipe", "paper", "--batch", "1024", "--gflops", "200", "--local-steps", "50", "--json");
        assertThat(plan.status()).as(plan.err()).isZero();
        JsonNode answer = plan.json();
        assertThat(answer.get("workers").asInt()).isEqualTo(8);
        assertThat(answer.get("localSteps").asInt()).isEqualTo(50);
        assertThat(answer.get("warning").isNull()).isTrue();
        JsonNode rows = answer.get("rows");
        assertThat(rows).extracting(row -> row.get("localSteps").asInt()).containsExactly(1, 5, 20, 50);
        assertThat(rows.get(3).get("computeSeconds").asDouble()).isBetween(50 * 2.5, 50 * 2.9);
        assertThat(rows.get(3).get("exchangeSeconds").asDouble()).isBetween(10.0, 20.0);
        assertThat(rows.get(3).get("efficiency").asDouble()).isBetween(0.84, 0.92);
        assertThat(rows.get(3).get("sentBytes").asLong())
                .as("243.9 MB, and velocities")
                .isEqualTo(2 * 243_860_896L);

        // 4.5 times the state of 487.7 MB, and what a round costs anyway.
        assertThat(exchangeOfFiveSteps("--packing", "325") - exchangeOfFiveSteps())
                .isCloseTo((4.5 * 487.7 + 65) * 1.9 * (1 / 325.0 - 1 / 650.0), within(0.01));

        Invocation said = spark("--recipe", "small", "-D", "tandem.cluster.local-steps=7");
        assertThat(said.out())
                .contains("small, batch 32 over 8 worker(s) on 8 machine(s) of 2 core(s)", "assumed (--gflops)")
                .containsPattern("(?m)^ +7 .* <$")
                .contains("Warning: one machine alone is faster: ", "More local steps are faster: --local-steps 20");
    }

    private static double exchangeOfFiveSteps(String... more) throws IOException {
        List<String> all = new ArrayList<>(List.of("--recipe", "paper", "--json"));
        all.addAll(List.of(more));
        JsonNode rows = spark(all.toArray(String[]::new)).json().get("rows");
        return rows.get(1).get("exchangeSeconds").asDouble();
    }

    private static Invocation spark(String... more) {
        List<String> all =
                new ArrayList<>(List.of("plan", "--spark", "--nodes", "8", "--cores", "2", "--network", "1"));
        all.addAll(List.of(more));
        return Invocation.of(all.toArray(String[]::new));
    }

    @Test
    void aPlanReadsPastNoOption() {
        assertThat(misused(Invocation.of("plan", "--spark", "--cores", "2"))).contains("no --nodes");
        assertThat(misused(spark("--devices", "2"))).contains("got --devices, expected none with --spark");
        assertThat(misused(spark("--bandwidth", "2"))).contains("got --bandwidth");
        assertThat(misused(spark("--packing", "0"))).contains("rate of packing not above 0, got 0.0 B/s");
        assertThat(misused(Invocation.of("plan", "--gflops", "1", "--bandwidth", "1", "--packing", "2")))
                .contains("got --packing, expected none without --spark");
        assertThat(misused(spark("--workers", "4"))).contains("4 workers on 8 nodes");
        assertThat(misused(spark("--workers", "0"))).contains("tandem.cluster.workers: unusable value");
        assertThat(misused(spark("--recipe", "small", "--workers", "16", "--batch", "15")))
                .contains("batch 15");
        assertThat(misused(Invocation.of("plan", "--gflops", "1", "--bandwidth", "1", "--local-steps", "2")))
                .contains("got --local-steps, expected none without --spark. Add --spark");
        assertThat(misused(Invocation.of("plan", "--gflops", "1"))).contains("no --bandwidth");
    }

    private static String misused(Invocation made) {
        assertThat(made.status()).as(made.err()).isEqualTo(2);
        return made.err();
    }
}
