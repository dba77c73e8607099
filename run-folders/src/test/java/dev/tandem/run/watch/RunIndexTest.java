package dev.tandem.run.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.data.FolderLock;
import dev.tandem.run.watch.RunHistory.Figure;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.TestRunFolders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunIndexTest {
    @TempDir
    Path temporary;

    private Path root;
    private RunIndex index;
    private long clock = System.nanoTime();

    @BeforeEach
    void make() throws IOException {
        root = Files.createDirectory(temporary.resolve("runs"));
    }

    @AfterEach
    void close() {
        if (index != null) {
            index.close();
        }
    }

    private WatchedRun only() {
        index = RunIndex.open(root);
        return index.snapshot().runs().values().iterator().next();
    }

    private WatchedRun again(String id) {
        lookLater();
        return index.find(id).orElseThrow();
    }

    /** Looks again when all are due, without waiting for that. */
    private void lookLater() {
        clock += TimeUnit.MINUTES.toNanos(1);
        index.look(clock);
    }

    private List<String> ids() {
        return List.copyOf(index.snapshot().runs().keySet());
    }

    @Test
    void aRunInALine() throws IOException {
        TestRunFolders.run(root.resolve("group/one"), 5, 5);
        RunSummary run = only().summary();
        assertThat(run.id()).isEqualTo("group/one");
        assertThat(run.name()).isEqualTo("one");
        assertThat(run.state()).isEqualTo(RunState.FINISHED);
        assertThat(run.recipe()).isEqualTo("small");
        assertThat(run.data()).isEqualTo("/data/photographs");
        assertThat(run.classes()).isEqualTo(3);
        assertThat(run.seed()).isEqualTo(7);
        assertThat(run.epoch()).isEqualTo(5);
        assertThat(run.epochs()).isEqualTo(5);
        assertThat(run.bestError()).isEqualTo(1 / 6.0, within(1e-12));
        assertThat(run.bestEpoch()).isEqualTo(5);
        assertThat(run.seconds()).isEqualTo(7.5);
        assertThat(run.step()).isNull();
        assertThat(run.problem()).isNull();
        assertThat(index.find("group/one").orElseThrow().history().devices()).hasSize(1);
        assertThat(index.find("group/one").orElseThrow().history().layers()).contains("conv1", "fc7");
    }

    @Test
    void linesAreReadWhenTheyAreWhole() throws IOException {
        Path run = TestRunFolders.run(root.resolve("one"), 9, 2);
        assertThat(only().history().size()).isEqualTo(2);
        String third = TestRunFolders.line(3);
        Path log = run.resolve("log.jsonl");
        Files.writeString(log, third.substring(0, 40), StandardOpenOption.APPEND);
        assertThat(again("one").history().size()).isEqualTo(2);
        assertThat(again("one").summary().state()).isEqualTo(RunState.STOPPED);
        Files.writeString(log, third.substring(40), StandardOpenOption.APPEND);
        WatchedRun read = again("one");
        assertThat(read.history().size()).isEqualTo(3);
        assertThat(read.history().get(Figure.EPOCH, 2)).isEqualTo(3);
        assertThat(read.rewrites()).isZero();
        assertThat(again("one")).as("nothing has changed").isSameAs(read);
    }

    /** As resuming does, which writes log and events anew up to where its checkpoint stands. */
    @Test
    void aLogThatWasWrittenAnewIsReadAnew() throws IOException {
        Path run = TestRunFolders.run(root.resolve("one"), 9, 6);
        WatchedRun before = only();
        Path other = temporary.resolve("log");
        Files.writeString(
                other,
                TestRunFolders.line(1)
                        + TestRunFolders.line(2)
                        + TestRunFolders.line(3).replace("\"rate\":0.01", "\"rate\":0.02"));
        Files.move(other, run.resolve("log.jsonl"), StandardCopyOption.REPLACE_EXISTING);
        WatchedRun read = again("one");
        assertThat(read.history().size()).isEqualTo(3);
        assertThat(read.history().get(Figure.RATE, 2)).isEqualTo(0.02);
        assertThat(read.rewrites()).isEqualTo(1);
        assertThat(read.keptEpochs()).isEqualTo(2);
        assertThat(before.history().size()).isEqualTo(6);
        assertThat(before.history().get(Figure.RATE, 2)).isEqualTo(0.01);
        // In the same file, too.
        Files.writeString(run.resolve("log.jsonl"), TestRunFolders.line(1));
        assertThat(again("one").history().size()).isEqualTo(1);
        Files.delete(run.resolve("log.jsonl"));
        assertThat(again("one").history().size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "{\"epoch\":0}",
                "[]",
                "null",
                "{\"epoch\":3,\"step\":1,\"devices\":[null]}",
                "{\"epoch\":3,\"step\":1,\"health\":{\"activations\":{\"conv1\":null},\"updateRatios\":{}}}",
                "{\"epoch\":3,\"step\":1,\"top1Error\":7}",
                "",
                "\"<img src=x onerror=alert(1)>\""
            })
    void aBadLineMakesTheRunUnreadableAndNoOther(String line) throws IOException {
        Path bad = TestRunFolders.run(root.resolve("bad"), 9, 2);
        TestRunFolders.run(root.resolve("good"), 9, 2);
        Files.writeString(bad.resolve("log.jsonl"), line + "\n" + TestRunFolders.line(3), StandardOpenOption.APPEND);
        index = RunIndex.open(root);
        WatchedRun read = index.find("bad").orElseThrow();
        assertThat(read.summary().state()).isEqualTo(RunState.UNREADABLE);
        assertThat(read.summary().problem()).contains("log.jsonl");
        assertThat(read.history().size()).isEqualTo(2);
        assertThat(index.find("good").orElseThrow().summary().state()).isEqualTo(RunState.STOPPED);
        Files.writeString(bad.resolve("log.jsonl"), TestRunFolders.line(1));
        assertThat(again("bad").summary().state()).isEqualTo(RunState.STOPPED);
    }

    @Test
    void anEventThatIsNoneMakesTheRunUnreadable() throws IOException {
        Path run = TestRunFolders.run(root.resolve("one"), 9, 2);
        Files.writeString(run.resolve("events.jsonl"), "null\n");
        WatchedRun read = only();
        assertThat(read.summary().problem()).contains("events.jsonl: a line of it is no record");
        assertThat(read.history().size()).isEqualTo(2);
        Files.writeString(run.resolve("events.jsonl"), "");
        assertThat(again("one").summary().state()).isEqualTo(RunState.STOPPED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"loss\":\"NaN\"",
                "\"dataWaitShare\":-7",
                "\"imagesPerSecond\":\"Infinity\"",
                "\"remainingSeconds\":-1",
                "\"step\":\"NaN\"",
                "\"classes\":-3",
                "\"epochs\":-1"
            })
    void progressThatCannotBeIsNotShown(String field) throws IOException {
        Path run = TestRunFolders.run(root.resolve("one"), 9, 2);
        progress(run, "running");
        String written = Files.readString(run.resolve("progress.json"));
        String name = field.substring(0, field.indexOf(':') + 1);
        Files.writeString(run.resolve("progress.json"), written.replaceFirst(name + "[^,]*", field));
        try (FolderLock lock = FolderLock.acquire(run.resolve("run.lock"), "train")) {
            assertThat(lock).isNotNull();
            RunSummary shown = only().summary();
            assertThat(shown.state()).isEqualTo(RunState.RUNNING);
            assertThat(shown.step()).isNull();
            assertThat(shown.remainingSeconds()).isNull();
            assertThat(shown.epochs()).isEqualTo(9);
        }
    }

    @Test
    void whatIsTooLongIsNotRead() throws IOException {
        Path run = TestRunFolders.run(root.resolve("one"), 9, 1);
        byte[] endless = new byte[3 << 20];
        Arrays.fill(endless, (byte) '7');
        Files.write(run.resolve("log.jsonl"), endless, StandardOpenOption.APPEND);
        Path names = TestRunFolders.run(root.resolve("names"), 9, 0);
        StringBuilder lines = new StringBuilder();
        for (int epoch = 1; epoch <= 2000; epoch++) {
            StringBuilder metrics = new StringBuilder();
            for (int i = 0; i < 200; i++) {
                metrics.append(i == 0 ? "" : ",").append("\"m" + epoch + "-" + i + "\":1");
            }
            lines.append("{\"epoch\":" + epoch + ",\"step\":1,\"metrics\":{" + metrics + "}}\n");
        }
        Files.writeString(names.resolve("log.jsonl"), lines);
        index = RunIndex.open(root);
        assertThat(index.find("one").orElseThrow().history().size()).isEqualTo(1);
        assertThat(index.find("one").orElseThrow().summary().problem()).contains("a line is too long");
        assertThat(index.find("names").orElseThrow().summary().problem()).contains("too many figures");
    }

    @Test
    void ofAFileThatIsTooLongNoMoreIsRead() throws IOException {
        Path file = Files.writeString(temporary.resolve("lines"), "12345\n".repeat(20));
        GrowingLines lines = new GrowingLines(file, 60);
        List<String> read = new ArrayList<>();
        GrowingLines.Reader reader = new GrowingLines.Reader() {
            @Override
            public void restart() {
                read.clear();
            }

            @Override
            public void line(byte[] line) {
                read.add(new String(line, StandardCharsets.UTF_8));
            }
        };
        assertThatThrownBy(() -> lines.read(reader))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("it is too long to be shown, got more than 60 bytes");
        assertThat(read).hasSize(10).containsOnly("12345");
    }

    @Test
    void namesAreTextAndNoPaths() throws IOException {
        for (String name : List.of("<img src=x onerror=alert(1)>", "a\nb", "..hidden", "%2e%2e", "a b&run=c", "日本")) {
            TestRunFolders.run(root.resolve(name), 2, 1);
        }
        TestRunFolders.run(temporary.resolve("outside"), 2, 1);
        TestRunFolders.run(root.resolve("1/2/3"), 2, 1);
        TestRunFolders.run(root.resolve("1/2/4/5"), 2, 1);
        index = RunIndex.open(root);
        assertThat(ids())
                .containsExactlyInAnyOrder(
                        "<img src=x onerror=alert(1)>", "a\nb", "%2e%2e", "a b&run=c", "日本", "1/2/3");
        for (String id :
                List.of("../outside", "..", ".", "", "/", root + "/1/2/3", "1/../1/2/3", "1/2/3/", "1/2/3\0")) {
            assertThat(index.find(id)).as(id).isEmpty();
        }
    }

    @Test
    void noLinkIsFollowed() throws IOException {
        Path outside = TestRunFolders.run(temporary.resolve("outside"), 2, 2);
        Files.createSymbolicLink(root.resolve("link"), outside);
        Path folder = Files.createDirectory(root.resolve("folder"));
        Files.createSymbolicLink(folder.resolve("config.conf"), outside.resolve("config.conf"));
        Path run = TestRunFolders.run(root.resolve("one"), 2, 0);
        for (String name : List.of("log.jsonl", "events.jsonl", "progress.json", "classes.txt", "run.lock")) {
            Files.deleteIfExists(run.resolve(name));
            Files.createSymbolicLink(run.resolve(name), outside.resolve(name));
        }
        WatchedRun read = only();
        assertThat(ids()).containsExactly("one");
        assertThat(read.history().size()).isZero();
        assertThat(read.summary().classes()).isNull();
        assertThat(read.summary().state()).isEqualTo(RunState.UNREADABLE);
        assertThat(again("one")).as("nothing has changed").isSameAs(read);
    }

    @Test
    void classesThatAreNoneMakeARunUnreadableUntilTheyAreRepaired() throws IOException {
        Path run = TestRunFolders.run(root.resolve("one"), 3, 3);
        Files.writeString(run.resolve("classes.txt"), "cat\ncat\n");
        assertThat(only().summary().problem()).contains("no list of classes");
        Files.writeString(run.resolve("classes.txt"), "cat\ndog\nrat\n");
        RunSummary read = again("one").summary();
        assertThat(read.problem()).isNull();
        assertThat(read.classes()).isEqualTo(3);
    }

    @Test
    void whoHoldsTheLockTrains() throws IOException {
        Path run = TestRunFolders.run(root.resolve("one"), 9, 2);
        progress(run, "running");
        assertThat(only().summary().state()).isEqualTo(RunState.STOPPED);
        try (FolderLock lock = FolderLock.acquire(run.resolve("run.lock"), "train")) {
            assertThat(lock).isNotNull();
            RunSummary running = again("one").summary();
            assertThat(running.state()).isEqualTo(RunState.RUNNING);
            assertThat(running.step()).isEqualTo(0.25);
            assertThat(running.remainingSeconds()).isEqualTo(12.5);
            assertThat(running.trainingLoss()).isEqualTo(1.5);
            assertThat(running.epochs()).isEqualTo(4);
        }
        assertThat(again("one").summary().state()).isEqualTo(RunState.STOPPED);
        // A process that was killed has not emptied the file.
        Files.writeString(run.resolve("run.lock"), "1234\nhost\n2026-01-01T00:00:00Z\ntrain\n");
        WatchedRun killed = again("one");
        assertThat(killed.summary().state()).isEqualTo(RunState.KILLED);
        assertThat(killed.summary().step()).isNull();
        assertThat(run.resolve("run.lock")).isNotEmptyFile();
        progress(run, "finished");
        assertThat(again("one").summary().state()).isEqualTo(RunState.FINISHED);
        progress(run, "nonsense");
        assertThat(again("one").summary().state()).isEqualTo(RunState.KILLED);
    }

    private static void progress(Path run, String state) throws IOException {
        Files.writeString(
                run.resolve("progress.json"),
                "{\"state\":\"" + state + "\",\"recipe\":\"small\",\"classes\":3,\"seed\":7,\"epochs\":4,\"epoch\":2,"
                        + "\"step\":0.25,\"loss\":1.5,\"imagesPerSecond\":100.0,\"dataWaitShare\":0.5,"
                        + "\"remainingSeconds\":12.5,\"time\":\"2026-01-01T00:00:00Z\"}");
    }

    @Test
    void runsComeAndGo() throws IOException {
        Files.delete(root);
        index = RunIndex.open(root);
        assertThat(index.snapshot().runs()).isEmpty();
        Path run = TestRunFolders.run(root.resolve("one"), 9, 0);
        Files.createDirectory(root.resolve("two"));
        lookLater();
        assertThat(ids()).containsExactly("one");
        assertThat(index.find("one").orElseThrow().summary().state()).isEqualTo(RunState.NEW);
        try (Stream<Path> files = Files.list(run)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        TestRunFolders.run(root.resolve("two"), 9, 0);
        lookLater();
        assertThat(ids()).containsExactly("two");
        assertThat(index.snapshot().removed()).extracting(RunIndex.Removed::id).containsExactly("one");
    }

    @Test
    void aFolderThatIsARunIsShown() throws IOException {
        TestRunFolders.run(root, 3, 3);
        assertThat(only().summary().id()).isEqualTo("runs");
    }

    @Test
    void settingsThatAreNoneMakeARunUnreadable() throws IOException {
        Path run = TestRunFolders.run(root.resolve("one"), 3, 3);
        Files.writeString(run.resolve("config.conf"), "include \"/etc/passwd\"");
        assertThat(only().summary().problem()).contains("it includes");
        Files.writeString(run.resolve("config.conf"), "tandem.train.epochs = {{{");
        assertThat(again("one").summary().problem()).contains("is not HOCON");
        Files.write(run.resolve("config.conf"), "tandem.recipe = paper".getBytes(StandardCharsets.UTF_8));
        Files.setLastModifiedTime(
                run.resolve("config.conf"), FileTime.from(Instant.now().plusSeconds(5)));
        RunSummary read = again("one").summary();
        assertThat(read.recipe()).isEqualTo("paper");
        assertThat(read.seed()).isNull();
        assertThat(read.epochs()).isNull();
    }

    /** Otherwise the pages would show what was, without a word. */
    @Test
    void itGoesOnLookingAfterAFailure() throws IOException, InterruptedException {
        Path run = TestRunFolders.run(root.resolve("one"), 9, 1);
        index = RunIndex.open(root);
        CountDownLatch failed = new CountDownLatch(1);
        CountDownLatch called = new CountDownLatch(2);
        index.start(() -> {
            called.countDown();
            if (failed.getCount() > 0) {
                failed.countDown();
                throw new OutOfMemoryError("of this test");
            }
        });
        Files.writeString(run.resolve("log.jsonl"), TestRunFolders.line(2), StandardOpenOption.APPEND);
        assertThat(failed.await(20, TimeUnit.SECONDS)).isTrue();
        Files.writeString(run.resolve("log.jsonl"), TestRunFolders.line(3), StandardOpenOption.APPEND);
        assertThat(called.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void thousandsOfEpochs() throws IOException {
        TestRunFolders.run(root.resolve("long"), 5000, 5000);
        WatchedRun run = only();
        assertThat(run.history().size()).isEqualTo(5000);
        assertThat(run.history().through(4321)).isEqualTo(4321);
        TestRunFolders.log(root.resolve("long"), 5001, 5002);
        assertThat(again("long").history().size()).isEqualTo(5002);
        assertThat(run.history().size()).isEqualTo(5000);
    }
}
