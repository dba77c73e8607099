package dev.tandem.cli.command;

import dev.tandem.analysis.report.Report;
import dev.tandem.analysis.report.Report.EvaluationFacts;
import dev.tandem.analysis.report.ReportBuilder;
import dev.tandem.analysis.report.ReportFiles;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.console.ProgressDisplay;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.Placement;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.web.report.ReportPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "report",
        description =
                "Writes a report on a run, or on several side by side, as one HTML file that can be mailed: curves,"
                        + " kernels, confusions, calibration, mistakes, nearest training images, layers, time and memory.")
public final class ReportCommand extends ConfiguredCommand {
    private static final int MOST_RUNS = 12;
    private static final int MOST_SEARCHED = 10_000_000;

    private final Interrupt interrupt;

    @Option(
            names = "--run",
            paramLabel = "DIR",
            required = true,
            description = "A run folder; repeated, the runs are compared, and the first is evaluated.")
    List<Path> runs;

    @Option(
            names = "--checkpoint",
            paramLabel = "last|best|FILE",
            description = "Which checkpoint of the first run; default: best.")
    String checkpoint;

    @Option(
            names = "--views",
            paramLabel = "1|9|10",
            defaultValue = "1",
            description =
                    "Crops per image, whose predictions are averaged: 1 is the centre, 9 adds the corners and edges, 10"
                            + " is the centre and the corners with their reflections; default: 1.")
    int views;

    @Option(names = "--test", description = "Evaluate on the folder test, instead of the images to validate on.")
    boolean test;

    @Option(
            names = "--search",
            paramLabel = "N",
            defaultValue = "10000",
            description =
                    "Look for the nearest training images among so many, evenly spread; 0: do not; default: 10000.")
    int searched;

    @Option(
            names = "--out",
            paramLabel = "FILE.html",
            description = "The page; default: report.html in the first run's folder. An earlier report is replaced.")
    Path out;

    @Option(names = "--overwrite", description = "Replace a file that is no report.")
    boolean overwrite;

    public ReportCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    /**
     * The last line of {@code --json}; figures are those of the first run's model, null if it was not evaluated.
     *
     * @param report the page
     * @param data the files of its numbers
     * @param notes what is missing and why
     */
    private record ReportResult(
            String report,
            List<String> data,
            List<String> runs,
            Integer images,
            Double top1Error,
            Double top5Error,
            Double logLoss,
            Double expectedCalibrationError,
            List<String> notes) {}

    @Override
    int run() {
        Views wanted = Views.of("--views", Integer.toString(views));
        List<RunFolder> folders = folders();
        Path page = (out == null ? folders.get(0).path().resolve("report.html") : out).toAbsolutePath();
        requireWritable(page);
        TandemConfig config = configuration(folders.get(0));
        ReportBuilder.Choice choice = new ReportBuilder.Choice(checkpoint, wanted, test, searched, Version.number());
        try (Wired parts = CliModule.open(config);
                CountDisplay checking = scanProgress();
                CountDisplay evaluating = new CountDisplay(console, "Evaluating", "Evaluated");
                CountDisplay searching = new CountDisplay(console, "Searching", "Searched")) {
            interrupt.onRequest(() -> {
                checking.cancel();
                evaluating.cancel();
                searching.cancel();
            });
            ReportBuilder.Progress progress = new ReportBuilder.Progress(checking, evaluating, searching);
            Report report = new ReportBuilder(folders, config, choice, progress).build(parts.get(Placement.class));
            List<Path> data = ReportFiles.write(report, ReportFiles.folderOf(page));
            ReportPage.write(report, page);
            told(report, page, data);
            return ExitStatus.OK;
        } catch (CancellationException e) {
            say("Interrupted. No report was written.");
            return ExitStatus.INTERRUPTED;
        }
    }

    private List<RunFolder> folders() {
        if (runs.size() > MOST_RUNS) {
            throw TandemException.argument(
                    "--run", "too many runs to be told apart", runs.size(), "at most " + MOST_RUNS, "Name fewer");
        }
        if (searched < 0 || searched > MOST_SEARCHED) {
            throw TandemException.argument("--search", "out of range", searched, "0 to " + MOST_SEARCHED, "");
        }
        List<RunFolder> folders = runs.stream().map(RunFolder::existing).toList();
        if (new HashSet<>(folders).size() < folders.size()) {
            throw TandemException.argument("--run", "a run is named twice", runs, "each once", "Leave one out");
        }
        folders.forEach(RunFolder::classNames); // reads them: what is wrong with a folder is said before any work
        if (checkpoint != null && !Files.isRegularFile(TrainedModel.file(folders.get(0), checkpoint))) {
            throw TandemException.argument(
                    "--checkpoint",
                    "no such file",
                    EscapedText.visible(
                            TrainedModel.file(folders.get(0), checkpoint).toString()),
                    "last, best or the file of a checkpoint",
                    "Name one that is there, or leave the option out");
        }
        return folders;
    }

    /** Checks, before any work, that page and data may be written: nothing but an earlier report is replaced. */
    private void requireWritable(Path page) {
        if (!page.toString().toLowerCase(Locale.ROOT).endsWith(".html")) {
            throw TandemException.argument(
                    "--out",
                    "the report is an HTML page",
                    EscapedText.visible(page.toString()),
                    "a name that ends with .html",
                    "");
        }
        Path there = page.getParent();
        while (there != null && !Files.exists(there)) {
            there = there.getParent();
        }
        if (there == null || !Files.isDirectory(there) || !Files.isWritable(there)) {
            throw TandemException.argument(
                    "--out",
                    "nothing can be written there",
                    EscapedText.visible(page.toString()),
                    "a file in a folder that this user may write to",
                    "Name another with --out");
        }
        boolean replaces = ReportPage.isReport(page);
        requireFree(page, overwrite || replaces);
        Path data = ReportFiles.folderOf(page);
        if (Files.exists(data, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(data, LinkOption.NOFOLLOW_LINKS)) {
            throw TandemException.argument(
                    "write " + EscapedText.visible(data.toString()),
                    "something else is in the place of the report's data",
                    Files.isSymbolicLink(data) ? "a symbolic link" : "a file",
                    "a folder, or nothing",
                    "Name another page with --out");
        }
        if (Files.isDirectory(data) && !replaces && !overwrite && !isEmpty(data)) {
            throw TandemException.argument(
                    "write " + EscapedText.visible(data.toString()),
                    "a folder with other files is in the place of the report's data",
                    "a folder that is not empty",
                    "the data of an earlier report, or nothing",
                    "Name another page with --out, or add --overwrite to write into it");
        }
    }

    private static boolean isEmpty(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "list " + folder,
                    "it cannot be read: " + e,
                    "Make it readable, or name another page with --out",
                    e);
        }
    }

    private void told(Report report, Path page, List<Path> data) {
        EvaluationFacts facts = report.evaluation();
        Double calibrationError = report.calibration() == null
                ? null
                : (Double) report.calibration().expectedCalibrationError();
        if (facts != null) {
            say(String.format(
                    Locale.ROOT,
                    "%s, checkpoint %s: %,d images, %d view(s) each: %s%s",
                    EscapedText.visible(facts.run()),
                    facts.checkpoint(),
                    facts.images(),
                    facts.views(),
                    ProgressDisplay.errors(facts.top1Error(), facts.top5Error()),
                    calibrationError == null
                            ? ""
                            : String.format(
                                    Locale.ROOT, ", expected calibration error %.1f %%", 100 * calibrationError)));
        }
        report.notes().forEach(note -> say("Note: " + EscapedText.visible(note)));
        say("Report: " + EscapedText.visible(page.toString()));
        answer(new ReportResult(
                page.toString(),
                data.stream().map(Path::toString).toList(),
                report.runs().stream().map(run -> run.folder()).toList(),
                facts == null ? null : (Integer) facts.images(),
                facts == null ? null : (Double) facts.top1Error(),
                facts == null ? null : facts.top5Error(),
                facts == null ? null : facts.logLoss(),
                calibrationError,
                report.notes()));
    }
}
