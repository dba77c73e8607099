package dev.tandem.spark.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.spark.TestSession;
import dev.tandem.spark.train.TinyRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... words) {
        TestSession.local(2);
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return TandemSparkCommand.execute(new PrintWriter(out, true), new PrintWriter(err, true), words);
    }

    private int train(Path shards, String... more) {
        List<String> words = new ArrayList<>(
                List.of("train", "--data", shards.toString(), "--recipe", "tiny-paper", "--batch", "7"));
        words.addAll(List.of(more));
        return run(words.toArray(String[]::new));
    }

    private JsonNode json() throws IOException {
        String[] lines = out.toString().split("\n", -1);
        return new ObjectMapper().readTree(lines[lines.length - 2]);
    }

    @Test
    void trainsAndGoesOnWithMoreEpochs() throws IOException {
        Path shards = TinyRun.shards(folder);
        Path run = folder.resolve("run");
        assertThat(train(
                        shards,
                        "--epochs",
                        "1",
                        "--workers",
                        "2",
                        "--local-steps",
                        "3",
                        "--run",
                        run.toString(),
                        "--json"))
                .as(err.toString())
                .isZero();
        assertThat(json().get("epochs").asInt()).isEqualTo(1);
        assertThat(json().get("finished").asBoolean()).isTrue();
        assertThat(json().get("run").asText()).isEqualTo(run.toString());
        assertThat(err.toString())
                .contains("Run folder: " + run)
                .containsPattern(
                        "Epoch 1: loss [0-9.]+, top-1 error [0-9.]+ %, [0-9.]+ images/s; workers [0-9]+ % of the time in steps, "
                                // Two workers on one executor take turns, which is not predicted.
                                + "[0-9.]+ s a round besides steps\n");
        assertThat(run("train", "--resume", "--run", run.toString(), "--epochs", "2", "--json"))
                .as(err.toString())
                .isZero();
        assertThat(json().get("epochs").asInt()).isEqualTo(2);
        assertThat(run.resolve("events.jsonl")).content().contains("tandem.train.epochs");
        assertThat(run("train", "--resume", "--run", run.toString(), "--local-steps", "1"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("tandem.cluster.local-steps");
    }

    @Test
    void misuseIsToldBeforeAnythingIsDone() throws IOException {
        Path shards = TinyRun.shards(folder);
        assertThat(run("train", "--resume")).isEqualTo(2);
        assertThat(err.toString()).contains("no run to continue, got no --run");
        assertThat(run("train", "--resume", "--run", folder.resolve("none").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("no run is there");
        assertThat(train(shards, "--local-steps", "0")).isEqualTo(2);
        assertThat(err.toString()).contains("tandem.cluster.local-steps").contains("1 to 10000");
        Path run = folder.resolve("refused");
        assertThat(train(shards, "--run", run.toString(), "-D", "tandem.cluster.workers=8"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("more workers than images of a batch");
        assertThat(run).doesNotExist();
        assertThat(train(folder.resolve("nothing"), "--run", run.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("nothing");
    }
}
