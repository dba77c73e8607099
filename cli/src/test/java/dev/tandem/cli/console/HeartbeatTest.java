package dev.tandem.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.train.TrainingListener.Progress;
import dev.tandem.nn.train.TrainingState;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Off a terminal, whatever takes long says so again and again. */
class HeartbeatTest {
    private static final Duration OFTEN = Duration.ofMillis(5);

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Console console = new Console(
            new PrintWriter(PrintWriter.nullWriter()),
            new PrintWriter(PrintWriter.nullWriter()) {
                @Override
                public void println(String line) {
                    lines.add(line);
                }
            },
            false);

    private String next() throws InterruptedException {
        return lines.poll(1, TimeUnit.MINUTES);
    }

    @Test
    void aLineAtLeastEveryThirtySeconds() {
        assertThat(Heartbeat.INTERVAL.plus(Heartbeat.INTERVAL.dividedBy(10))).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void aLongEpochIsShownWithinAndAStepThatHangsToo() throws InterruptedException {
        try (ProgressDisplay display = new ProgressDisplay(console, OFTEN)) {
            assertThat(next()).isEqualTo("starting");
            display.onStep(new Progress(2, 90, 1234, 10_009, 2.5, 120, 0));
            String line = next();
            while (line.equals("starting")) {
                line = next();
            }
            assertThat(line)
                    .startsWith("epoch 3 of 90: batch 1,234 of 10,009, loss 2.5000, 120 images/s, ")
                    .endsWith(" left");
            assertThat(next()).isEqualTo(line);
        }
    }

    @Test
    void aTrialIsShownWithTheTimeLeftForAll() throws InterruptedException {
        try (TrialDisplay display = new TrialDisplay(console, 4, 10, OFTEN)) {
            display.next("(whole), seed 1");
            display.over("(whole), seed 1: trained before");
            display.next("no-lrn, seed 1");
            display.onStart(TrainingState.imported("small", List.of("cat", "dog"), 8, "a test"), null);
            display.onStep(new Progress(4, 10, 5, 100, 2.5, 120, 0));
            String line = next();
            while (!line.contains("epoch")) {
                line = next();
            }
            assertThat(line)
                    .startsWith("trial 2 of 4 (no-lrn, seed 1): epoch 5 of 10, 120 images/s, ")
                    .endsWith(" left for all trials");
            assertThat(display.number()).isEqualTo(2);
        }
    }

    @Test
    void aScanIsShownUntilItEnds() throws InterruptedException {
        try (CountDisplay display = new CountDisplay(console, "Checking", "Checked", OFTEN)) {
            display.checked("train", 120, 1000);
            assertThat(next()).isEqualTo("Checking train: 120 of 1,000");
            display.checked("train", 1000, 1000);
            String line = next();
            while (line.startsWith("Checking train: 1")) {
                line = next();
            }
            assertThat(line).startsWith("Checked train: 1,000 images");
        }
    }

    @Test
    void unpackingIsCountedInMegabytes() throws InterruptedException {
        try (CountDisplay display = new CountDisplay(console, "Checking", "Checked", OFTEN)) {
            display.checked("unpacking of a.tar.gz", 162, 162);
            assertThat(next()).startsWith("Unpacking of a.tar.gz: 162 MB");
        }
    }

    @Test
    void aDisplayComesBackAfterAnotherLine() throws InterruptedException {
        try (CountDisplay display = new CountDisplay(console, "Covering", "Covered", OFTEN)) {
            display.checked("windows", 5, 100);
            display.noted("a broken image");
            String line = next();
            while (line.startsWith("Covering windows: 5 of 100")) {
                line = next();
            }
            assertThat(line).isEqualTo("a broken image");
            display.checked("windows", 6, 100);
            line = next();
            while (line.startsWith("Covering windows: 5 of 100")) {
                line = next();
            }
            assertThat(line).startsWith("Covering windows: 6 of 100");
        }
    }
}
