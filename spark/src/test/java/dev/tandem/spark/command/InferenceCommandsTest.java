package dev.tandem.spark.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.Evaluation;
import dev.tandem.run.RunFolder;
import dev.tandem.run.RunPredictions;
import dev.tandem.runtime.Tandem;
import dev.tandem.spark.TestSession;
import dev.tandem.spark.inference.TrainedRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** The commands that classify, extract features and evaluate, with two cores of one process. */
class InferenceCommandsTest {
    private static final int THREADS = 2;
    private static final Signal INTERRUPT = new Signal("INT");

    @TempDir
    static Path folder;

    private static TrainedRun run;

    @BeforeAll
    static void begin() throws IOException {
        run = TrainedRun.in(folder);
        Files.writeString(run.photographs().resolve("val/red/zz.jpg"), "no image");
    }

    /** What a command has printed. */
    private record Printed(int status, String out, String err) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(out);
        }
    }

    /** Runs a command on a session of its own, which the command ends. */
    private static Printed command(String... arguments) {
        TestSession.local(THREADS);
        return onSession(arguments);
    }

    private static Printed onSession(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = TandemSparkCommand.execute(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Printed(status, out.toString(), err.toString());
    }

    private static List<Row> parquet(Path written) {
        SparkSession spark = TestSession.local(THREADS).spark();
        return spark.read().parquet(written.toString()).orderBy("path").collectAsList();
    }

    @Test
    void classifyWritesARowAnImage() throws IOException {
        Path out = folder.resolve("classes.parquet");
        String[] arguments = {
            "classify",
            "--json",
            "--model",
            run.path().toString(),
            "--top",
            "2",
            "--images",
            run.photographs().resolve("val").toString(),
            "--out",
            out.toString()
        };
        Printed printed = command(arguments);
        assertThat(printed.status()).as(printed.err()).isZero();
        assertThat(printed.json().path("images").asInt()).isEqualTo(16);
        assertThat(printed.json().path("unreadable").asInt()).isEqualTo(1);
        assertThat(printed.err())
                .contains("images: 16 of 16")
                .contains("Images that cannot be read: 1, with the reason in the column error");
        List<Row> rows = parquet(out);
        assertThat(rows).hasSize(16);
        assertThat(rows.get(0).schema().fieldNames()).containsExactly("path", "classes", "error");
        assertThat(rows.subList(0, 15)).allMatch(row -> row.getList(1).size() == 2 && row.isNullAt(2));
        assertThat(rows.get(15).getString(2)).startsWith("it is no usable image");

        Printed again = command(arguments);
        assertThat(again.status()).isEqualTo(SparkSubcommand.MISUSED);
        assertThat(again.err())
                .contains(
                        "it is there already, got a folder, expected nothing. Name another folder, or add --overwrite");
    }

    @Test
    void featuresOfShards() {
        Path out = folder.resolve("features.parquet");
        Printed printed = command(
                "features",
                "--run",
                run.path().toString(),
                "--layer",
                "fc7",
                "--images",
                run.shards().toString(),
                "--out",
                out.toString());
        assertThat(printed.status()).as(printed.err()).isZero();
        List<Row> rows = TestSession.local(THREADS)
                .spark()
                .read()
                .parquet(out.toString())
                .collectAsList();
        assertThat(rows).hasSize(57);
        assertThat(rows.get(0).schema().fieldNames())
                .containsExactly("key", "label", "class", "split", "features", "error");
        assertThat(rows).allMatch(row -> row.getList(4).size() == 16 && row.isNullAt(5));
    }

    @Test
    void evaluateGivesTheNumbersOfOneMachine() throws IOException {
        Path out = folder.resolve("evaluated.parquet");
        Printed printed = command(
                "evaluate",
                "--json",
                "--run",
                run.path().toString(),
                "--data",
                run.shards().toString(),
                "--out",
                out.toString());
        assertThat(printed.status()).as(printed.err()).isZero();
        RunFolder known = RunFolder.existing(run.path());
        Evaluation expected;
        try (Tandem tandem = Tandem.configure(known.configuration("tandem.cpu.threads = " + THREADS))) {
            expected =
                    RunPredictions.of(tandem, known, Views.CENTRE).predictions().evaluate();
        }
        assertThat(printed.json().path("top1Error").asDouble()).isEqualTo(expected.top1Error());
        assertThat(printed.json().path("logLoss").asDouble()).isEqualTo(expected.logLoss());
        assertThat(TestSession.local(THREADS)
                        .spark()
                        .read()
                        .parquet(out.toString())
                        .count())
                .isEqualTo(15);
    }

    @Test
    void overwriteReplacesAnswersAndNothingElse() {
        Path out = folder.resolve("replaced.parquet");
        for (int i = 0; i < 2; i++) {
            Printed printed = classify(out);
            assertThat(printed.status()).as(printed.err()).isZero();
        }
        Printed wrong = classify(run.photographs());
        assertThat(wrong.status()).isEqualTo(SparkSubcommand.MISUSED);
        assertThat(wrong.err()).contains("replacing it would remove more than answers, got " + run.photographs());
        assertThat(run.photographs().resolve("val")).isDirectory();
    }

    private static Printed classify(Path out) {
        return command(
                "classify",
                "--model",
                run.path().toString(),
                "--images",
                run.photographs().resolve("val").toString(),
                "--out",
                out.toString(),
                "--overwrite");
    }

    @Test
    void aSignalEndsACommandWithOneLine() {
        String model = run.path().toString();
        String out = folder.resolve("interrupted").toString();
        String[][] commands = {
            {"classify", "--model", model, "--images", run.shards().toString(), "--out", out},
            {
                "features",
                "--model",
                model,
                "--layer",
                "fc7",
                "--images",
                run.shards().toString(),
                "--out",
                out + "-too"
            },
            {"evaluate", "--run", model, "--data", run.shards().toString()}
        };
        for (String[] words : commands) {
            Printed printed = interrupted(words);
            assertThat(printed.status()).as(printed.toString()).isEqualTo(SparkSubcommand.INTERRUPTED);
            assertThat(printed.out())
                    .contains("Stopping; once more ends at once")
                    .endsWith("Interrupted. The same command begins anew.\n");
            assertThat(printed.err()).isEmpty();
        }
    }

    /** Runs a command that gets a signal as soon as its first job has begun. */
    private static Printed interrupted(String... words) {
        AtomicBoolean isSent = new AtomicBoolean();
        TestSession.local(THREADS).spark().sparkContext().addSparkListener(new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart job) {
                if (!isSent.getAndSet(true)) {
                    Signal.raise(INTERRUPT);
                }
            }
        });
        SignalHandler before = Signal.handle(INTERRUPT, signal -> {}); // a command that takes none must not end JUnit
        try {
            return onSession(words);
        } finally {
            Signal.handle(INTERRUPT, before);
        }
    }

    @Test
    void mistakesAreOneLineAndLeaveNothing() {
        Path out = folder.resolve("never");
        Printed noModel = command(
                "classify",
                "--model",
                run.photographs().toString(),
                "--images",
                run.photographs().toString(),
                "--out",
                out.toString());
        assertThat(noModel.err())
                .startsWith("Error: open ")
                .contains("no checkpoint is there")
                .doesNotContain("\tat ");
        Printed noLayer = command(
                "features",
                "--model",
                run.path().toString(),
                "--layer",
                "fc9",
                "--images",
                run.photographs().toString(),
                "--out",
                out.toString());
        assertThat(noLayer.err()).contains("no such layer, got fc9");
        assertThat(noLayer.status()).isEqualTo(SparkSubcommand.MISUSED);
        assertThat(out).doesNotExist();
    }
}
