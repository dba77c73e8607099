package dev.tandem.web;

import dev.tandem.analysis.report.Calibration;
import dev.tandem.analysis.report.ConfusionTable;
import dev.tandem.analysis.report.HealthColumns;
import dev.tandem.analysis.report.HistoryColumns;
import dev.tandem.analysis.report.ImageRow;
import dev.tandem.analysis.report.KernelHistory;
import dev.tandem.analysis.report.LayerFacts;
import dev.tandem.analysis.report.MemoryFacts;
import dev.tandem.analysis.report.NearestRow;
import dev.tandem.analysis.report.Report;
import dev.tandem.analysis.report.RunFacts;
import dev.tandem.nn.train.DeviceUse;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.runtime.config.Setting;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** Reports as they may be, without a run. */
final class SampleReport {
    private SampleReport() {}

    /** A report with all parts on two runs of classes called {@code names}, six or more. */
    static Report full(String title, List<String> names) {
        String photo = picture(16, 16);
        ImageRow sure = new ImageRow("val/" + names.get(0) + "/1.jpg", 0, likely(1, 0.9, 0, 0.06), 0.06, photo);
        ImageRow hard = new ImageRow("val/2.jpg", 2, likely(3, 0.5, 4, 0.3), 1e-5, null);
        NearestRow near = new NearestRow(
                "val/3.jpg",
                1,
                2,
                photo,
                List.of(
                        new NearestRow.Neighbour("train/4.jpg", 1, 0.5, photo),
                        new NearestRow.Neighbour("train/5.jpg", 2, 1.5, null)));
        return new Report(
                title,
                "2026-01-02T03:04:05Z",
                "0.1",
                List.of("Something is missing for " + names.get(0)),
                List.of(run("first", 3, "9", 6), run("second", 2, "8", 7)),
                new Report.EvaluationFacts("first", "best", 3, "other-data", "val", 60, 1, 0.4, 0.1, 1.25),
                names.stream().map(name -> new Report.ClassName(name, null)).toList(),
                new ConfusionTable(
                        IntStream.range(0, names.size()).toArray(),
                        List.of(
                                new int[] {0, 0, 3},
                                new int[] {0, 1, 7},
                                new int[] {1, 1, 9},
                                new int[] {2, 3, 2},
                                new int[] {3, 3, 10})),
                List.of(new ConfusionTable.Pair(0, 1, 7, 10), new ConfusionTable.Pair(2, 3, 2, 2)),
                List.of(
                        new ConfusionTable.ClassError(0, 10, 0.7),
                        new ConfusionTable.ClassError(1, 9, 0.0),
                        new ConfusionTable.ClassError(2, 2, 1.0),
                        new ConfusionTable.ClassError(3, 10, 0.0),
                        new ConfusionTable.ClassError(4, 0, null),
                        new ConfusionTable.ClassError(5, 0, null)),
                new Calibration(
                        List.of(
                                new Calibration.Bin(0, 0.5, 20, 0.4, 0.55),
                                new Calibration.Bin(0.5, 0.75, 0, null, null),
                                new Calibration.Bin(0.75, 1, 11, 0.9, 0.8)),
                        0.12),
                List.of(sure),
                List.of(hard),
                List.of(near),
                new KernelHistory(
                        "conv1.weight",
                        3,
                        3,
                        3,
                        2,
                        2,
                        2,
                        1,
                        List.of(
                                new KernelHistory.State("start", 0, picture(9, 11)),
                                new KernelHistory.State("epoch 3, best", 3, picture(9, 11))),
                        Arrays.asList(0.5, null, 1.0, 0.1)),
                List.of(
                        new LayerFacts(
                                "conv1",
                                "convolution",
                                List.of("input"),
                                new int[] {4, 9, 9},
                                112,
                                448,
                                448,
                                9_000,
                                8_748,
                                1.5),
                        new LayerFacts("relu1", "relu", List.of("conv1"), new int[] {4, 9, 9}, 0, 0, 0, 0, 0, null)),
                new MemoryFacts(
                        8,
                        "columns",
                        20_000,
                        List.of(
                                new MemoryFacts.DeviceFacts("cpu:0", 10_000, 224, 224, 4_500, 128, 35_000),
                                new MemoryFacts.DeviceFacts("cpu:1", 10_000, 224, 224, 4_500, 128, 35_000))));
    }

    /** A report on a run that has only begun: nothing can be had. */
    static Report bare() {
        return new Report(
                "Bare",
                "2026-01-02T03:04:05Z",
                "0.1",
                List.of("The model was not evaluated: its data are gone"),
                List.of(new RunFacts(
                        "new",
                        "runs/new",
                        "small",
                        null,
                        6,
                        null,
                        null,
                        8,
                        1,
                        100,
                        0,
                        null,
                        "new",
                        null,
                        null,
                        null,
                        null,
                        0,
                        null,
                        null,
                        List.of(new Setting("tandem.recipe", "small", "")),
                        List.of(),
                        new HistoryColumns(
                                List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                                List.of(), List.of(), Map.of()),
                        new HealthColumns(Map.of(), Map.of()),
                        List.of(),
                        List.of())),
                null,
                List.of(),
                null,
                List.of(),
                List.of(),
                null,
                List.of(),
                List.of(),
                List.of(),
                null,
                List.of(),
                null);
    }

    private static RunFacts run(String name, int epochs, String seed, int classes) {
        List<Integer> all = IntStream.rangeClosed(1, epochs).boxed().toList();
        List<Double> falling = all.stream().map(epoch -> 0.9 / epoch).toList();
        List<Double> none = Collections.nCopies(epochs, null);
        return new RunFacts(
                name,
                "runs/" + name,
                "small",
                "data",
                classes,
                127,
                60,
                8,
                1,
                4_321,
                epochs,
                epochs,
                "finished",
                epochs,
                0.4,
                0.1,
                1.25,
                12.5,
                30.0,
                0.02,
                List.of(
                        new Setting("tandem.train.seed", seed, "command line"),
                        new Setting("tandem.train.batch", 8, "default")),
                List.of(new RunEvent(5, "learning-rate", "0.01", "0.001")),
                new HistoryColumns(
                        all,
                        all.stream().map(epoch -> 10L * epoch).toList(),
                        Collections.nCopies(epochs, 0.01),
                        falling,
                        falling,
                        none,
                        falling,
                        Collections.nCopies(epochs, 30.0),
                        Collections.nCopies(epochs, 0.02),
                        Collections.nCopies(epochs, 4.2),
                        Map.of()),
                new HealthColumns(
                        Map.of(
                                "conv1", new HealthColumns.Units(falling, Collections.nCopies(epochs, 0.0)),
                                "relu6", new HealthColumns.Units(Collections.nCopies(epochs, 0.6), none),
                                "relu7", new HealthColumns.Units(Collections.nCopies(epochs, 0.95), none)),
                        Map.of("conv1.weight", Collections.nCopies(epochs, 1e-3))),
                List.of(new DeviceUse("cpu:0", 128, 4.0, 0.05)),
                List.of("30 % of the units of conv1 are dead: 0 for every image"));
    }

    private static List<ImageRow.Likely> likely(int first, double probability, int second, double less) {
        return List.of(new ImageRow.Likely(first, probability), new ImageRow.Likely(second, less));
    }

    private static String picture(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, 0x102030 * (x + y));
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
