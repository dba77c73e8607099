package dev.tandem.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Run folders as training leaves them, but for checkpoints and pictures: to be looked at, not to be used. */
public final class TestRunFolders {
    private static final int STEPS = 24;

    private TestRunFolders() {}

    /** A folder of {@code runs} runs, called run-0000 and so on, each of {@code epochs} epochs. */
    public static Path folder(Path root, int runs, int epochs) throws IOException {
        for (int i = 0; i < runs; i++) {
            run(root.resolve(String.format(Locale.ROOT, "run-%04d", i)), epochs, epochs);
        }
        return root;
    }

    /** A run of {@code planned} epochs that has done {@code done} of them. */
    public static Path run(Path folder, int planned, int done) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("classes.txt"), String.join("\n", TestPhotographs.CLASSES) + "\n");
        Files.writeString(folder.resolve("run.lock"), "");
        Files.writeString(
                folder.resolve("config.conf"),
                "# The configuration of a run of Tandem, to be passed with --config\n"
                        + "tandem.recipe = \"small\"  # command line\n"
                        + "tandem.data = \"/data/photographs\"  # command line\n"
                        + "tandem.train.epochs = " + planned + "  # recipe small\n"
                        + "tandem.train.learning-rate = 0.01  # recipe small\n"
                        + "tandem.train.seed = 7  # default\n"
                        + "tandem.train.tensorboard = false  # default\n"
                        + "tandem.auto-order = [\"cuda\", \"cpu\"]  # default\n");
        log(folder, 1, done);
        return folder;
    }

    /** Appends the epochs {@code first} to {@code last}. */
    public static void log(Path folder, int first, int last) throws IOException {
        Files.writeString(
                folder.resolve("log.jsonl"),
                IntStream.rangeClosed(first, last)
                        .mapToObj(TestRunFolders::line)
                        .collect(Collectors.joining()),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    /** The line of an epoch: its error is {@code 1 / (epoch + 1)}. */
    public static String line(int epoch) {
        List<String> layers = List.of("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7");
        return String.format(
                Locale.ROOT,
                "{\"epoch\":%d,\"step\":%d,\"rate\":0.01,\"trainingLoss\":%.15f,\"top1Error\":%.15f,"
                        + "\"top5Error\":null,\"logLoss\":%.15f,\"imagesPerSecond\":552.0586394616616,"
                        + "\"dataWaitShare\":0.005378511084680473,\"devices\":[{\"device\":\"cpu:0\","
                        + "\"receivedBytes\":0,\"busySeconds\":1.340612829,\"idleShare\":0.03633216872058709}],"
                        + "\"health\":{\"activations\":{%s},\"updateRatios\":{%s}},\"seconds\":1.5,\"metrics\":{},"
                        + "\"validated\":true}\n",
                epoch,
                (long) STEPS * epoch,
                3.0 / (epoch + 1),
                1.0 / (epoch + 1),
                2.0 / (epoch + 1),
                layers.stream()
                        .map(name -> "\"" + name + "\":{\"deadShare\":0.010216346153846154,\"saturatedShare\":0.0}")
                        .collect(Collectors.joining(",")),
                layers.stream()
                        .flatMap(name -> List.of(name + ".bias", name + ".weight").stream())
                        .map(name -> "\"" + name + "\":0.06561788440172352")
                        .collect(Collectors.joining(",")));
    }
}
