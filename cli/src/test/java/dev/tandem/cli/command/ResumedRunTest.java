package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.cli.Invocation;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.run.NewRunFolder;
import dev.tandem.run.RunFolder;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** What a run's folder is protected from: another process, other data, and its removal. */
class ResumedRunTest {
    @TempDir
    static Path folder;

    private static Path data;
    private Path run;

    @BeforeAll
    static void makeData() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 4, 2);
    }

    @BeforeEach
    void name(TestInfo test) {
        run = folder.resolve(test.getTestMethod().orElseThrow().getName());
    }

    private Invocation train(String... more) {
        return train((interrupt, text) -> {}, more);
    }

    private Invocation train(Invocation.Watch watch, String... more) {
        List<String> all = new ArrayList<>(List.of("train"));
        all.addAll(Invocation.TINY);
        all.addAll(List.of("--data", data.toString(), "--run", run.toString(), "--batch", "6"));
        all.addAll(List.of(more));
        return Invocation.of(watch, all.toArray(String[]::new));
    }

    private Invocation resume(String... more) {
        List<String> all = new ArrayList<>(List.of("train", "--resume", "--run", run.toString()));
        all.addAll(List.of(more));
        return Invocation.of(all.toArray(String[]::new));
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    @Test
    void aRefusedTrainingLeavesNoFolder() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty/train"));
        assertThat(train("--placement", "nowhere").status()).isEqualTo(2);
        assertThat(train("-D", "tandem.placement.devices=cpu:7").status()).isEqualTo(2);
        Invocation noData = Invocation.tiny("train", "--data", empty.getParent().toString(), "--run", run.toString());
        assertThat(noData.status()).as(noData.err()).isEqualTo(2);
        assertThat(run).doesNotExist();
    }

    @Test
    void aBatchLargerThanTheTrainingSetIsAllOfItAndRemembered() throws IOException {
        Invocation small = Invocation.tiny(
                "train", "--data", data.toString(), "--run", run.toString(), "--batch", "13", "--epochs", "1");
        assertThat(small.status()).as(small.err()).isZero();
        assertThat(small.out()).contains("Batch: 12, all training images, which are fewer than 13");
        assertThat(Files.readString(run.resolve("config.conf")))
                .contains("tandem.train.batch = 12  # all training images");
        Invocation longer = resume("--override", "--epochs", "2");
        assertThat(longer.status()).as(longer.err()).isZero();
    }

    @Test
    void aRateIsRefusedWhereNothingTrains() {
        assertThat(train("--epochs", "1").status()).isZero();
        Invocation rate = Invocation.of("rate", "--run", run.toString(), "0.001");
        assertThat(rate.status()).isEqualTo(2);
        assertThat(rate.err())
                .contains("nothing trains in " + run)
                .contains("--resume --override -D tandem.train.learning-rate=0.001");
        assertThat(run.resolve("requested-rate.txt")).doesNotExist();
    }

    @Test
    void otherClassesAreANewRun() throws IOException {
        assertThat(train("--epochs", "1").status()).isZero();
        Path others = TestPhotographs.folder(folder.resolve("others"), 4, 2);
        for (String set : List.of("train", "val")) {
            Files.move(others.resolve(set).resolve("red"), others.resolve(set).resolve("rot"));
        }
        String before = Files.readString(run.resolve("classes.txt"));
        Invocation refused = resume("--override", "--epochs", "2", "--data", others.toString());
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
                .contains("other classes")
                .contains("begin a new run with these weights: ./tandem train --from " + run + " --data DIR");
        assertThat(run.resolve("classes.txt")).hasContent(before);
    }

    @Test
    void aRunKilledBeforeItsFirstCheckpointIsDescribedAnew() throws IOException {
        assertThat(train("--epochs", "1").status()).isZero();
        delete(run.resolve("checkpoints"));
        Invocation lost = resume();
        assertThat(lost.status()).isEqualTo(2);
        assertThat(lost.err()).contains("the checkpoints are gone");

        Files.delete(run.resolve("log.jsonl"));
        Files.writeString(run.resolve("classes.txt"), "a\nb\n");
        Invocation begun = resume();
        assertThat(begun.status()).as(begun.err()).isZero();
        assertThat(Files.readAllLines(run.resolve("classes.txt"))).isEqualTo(TestPhotographs.CLASSES);
    }

    @Test
    void aRunFolderThatIsRemovedIsAnError() {
        Invocation removed = train(
                (interrupt, text) -> {
                    if (text.startsWith("epoch 1:")) {
                        try {
                            delete(run);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                },
                "--epochs",
                "3");
        assertThat(removed.status()).as(removed.err()).isEqualTo(1);
        assertThat(removed.err()).contains("it was removed or moved while the run went on");
        assertThat(run).doesNotExist();
    }

    @Test
    void aRunFolderThatIsRemovedWhileTheDataAreCheckedIsAnErrorToo() {
        assertThat(train("--epochs", "1").status()).isZero();
        List<String> all = List.of("train", "--resume", "--override", "--epochs", "2", "--run", run.toString());
        Invocation removed = Invocation.of(
                (interrupt, text) -> {
                    if (text.startsWith("Checking") || text.startsWith("Checked") || text.startsWith("Model:")) {
                        try {
                            delete(run);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                },
                Stream.concat(all.stream(), Stream.of("--json")).toArray(String[]::new));
        assertThat(removed.status()).isEqualTo(1);
        assertThat(removed.err()).contains("it was removed or moved while the run went on");
        assertThat(run).doesNotExist();
    }

    @Test
    void otherSettingsAreRecorded() throws IOException {
        assertThat(train("--epochs", "1").status()).isZero();
        Invocation resumed =
                resume("--override", "--epochs", "2", "-D", "tandem.cpu.threads=1", "-D", "tandem.cpu.onednn=0");
        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(Files.readString(run.resolve("events.jsonl")))
                .contains("\"setting\":\"tandem.cpu.threads\",\"from\":\"0\",\"to\":\"1\"")
                .contains("\"setting\":\"tandem.cpu.onednn\",\"from\":\"1\",\"to\":\"0\"")
                .contains("\"setting\":\"tandem.train.epochs\"");
    }

    @Test
    void aPrecisionThatWasLeftToTheMachineIsKept() throws IOException {
        Invocation begun = train("--epochs", "1", "-D", "tandem.cpu.bf16=auto");
        assertThat(begun.status()).as(begun.err()).isZero();
        String config = Files.readString(run.resolve("config.conf"));
        assertThat(config).containsPattern("tandem\\.cpu\\.bf16 = [01]  # as measured on this machine\n");
        // As on a machine that would choose the other one.
        Files.writeString(
                run.resolve("config.conf"), config.replaceFirst("bf16 = [01]  # as measured", "bf16 = 0  # so"));
        for (String precision : List.of("auto", "0")) {
            String epochs = precision.equals("auto") ? "2" : "3";
            Invocation resumed = resume("--override", "--epochs", epochs, "-D", "tandem.cpu.bf16=" + precision);
            assertThat(resumed.status()).as(resumed.err()).isZero();
            assertThat(resumed.out() + resumed.err()).containsPattern("tandem\\.cpu\\.bf16 +0 ");
        }
        assertThat(Files.readString(run.resolve("events.jsonl"))).doesNotContain("bf16\"");
    }

    @Test
    void moreEpochsDoNotRaiseARateThatHadDropped() throws IOException {
        assertThat(train("--epochs", "3").status()).isZero();
        Invocation longer = resume("--override", "--epochs", "9");
        assertThat(longer.status()).as(longer.err()).isZero();
        List<String> log = Files.readAllLines(run.resolve("log.jsonl"));
        assertThat(log).hasSize(9);
        String last = log.get(2).replaceFirst(".*(\"rate\":[^,]*),.*", "$1");
        assertThat(log.get(0)).doesNotContain(last + ",");
        assertThat(log.subList(3, 8)).allMatch(line -> line.contains(last + ","));
        assertThat(Files.readString(run.resolve("events.jsonl"))).contains("\"setting\":\"scheduled rate\"");
    }

    @Test
    void aSecondTrainingIsRefusedWithTheFirstsProcess() {
        assertThat(train("--epochs", "1").status()).isZero();
        try (FolderLock first = new RunFolder(run).lock()) {
            assertThat(first).isNotNull();
            Invocation second = resume("--override", "--epochs", "2");
            assertThat(second.status()).isEqualTo(2);
            assertThat(second.err())
                    .contains(run + " is in use, got process "
                            + ProcessHandle.current().pid() + " on ");
        }
        assertThat(resume("--override", "--epochs", "2").status()).isZero();
    }

    @Test
    void runsBegunInTheSameSecondHaveFoldersOfTheirOwn() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Callable<Path> create = () -> NewRunFolder.create(run, "small-now").path();
            List<Path> made = new ArrayList<>();
            for (Future<Path> path : threads.invokeAll(List.of(create, create, create, create))) {
                made.add(path.get());
            }
            assertThat(made)
                    .extracting(path -> path.getFileName().toString())
                    .containsExactlyInAnyOrder("small-now", "small-now-2", "small-now-3", "small-now-4");
        } finally {
            threads.shutdownNow();
        }
    }
}
