package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.paper.columns.ColumnDivision;
import dev.tandem.paper.columns.ColumnStudy;
import dev.tandem.paper.columns.ColumnStudy.Seed;
import dev.tandem.paper.columns.ColumnsPicture;
import dev.tandem.paper.picture.ExperimentFolder;
import dev.tandem.runtime.config.TandemConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "columns",
        description =
                "Trains a net of two columns from several seeds, and sees in how many of them one column's first kernels turn"
                        + " to colour and the other's away from it. Started again, it goes on where it was.")
public final class ColumnsCommand extends ConfiguredCommand {
    private final Interrupt interrupt;

    @Option(
            names = "--seeds",
            split = ",",
            paramLabel = "N",
            defaultValue = "1,2,3,4,5,6,7,8,9,10",
            description = "Default: 1 to 10.")
    List<Long> seeds;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training set; default: the recipe's.")
    String epochs;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the runs, columns.json and columns.png go; default: paper/columns-RECIPE.")
    Path out;

    ColumnsCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        named.put("tandem.train.epochs", epochs);
        return named;
    }

    /** What was seen of one seed, as in {@code columns.json}. */
    private record Row(long seed, ColumnDivision columns, boolean divided, Double top1Error) {}

    private record Result(String recipe, List<Row> seeds, long divided) {}

    @Override
    int run() {
        TandemConfig config = configuration(null);
        String recipe = config.recipe().orElseThrow();
        ExperimentFolder folder = new ExperimentFolder(out != null ? out : Path.of("paper", "columns-" + recipe));
        ColumnStudy study =
                new ColumnStudy(seed -> configuration(null, Map.of("tandem.train.seed", seed)), folder.path(), seeds);
        interrupt.onRequest(study::requestStop);
        List<Seed> found = study.run(seed -> say(line(seed)));
        List<Row> rows = found.stream()
                .map(seed ->
                        new Row(seed.seed(), seed.division(), seed.division().isDivided(), seed.top1Error()))
                .toList();
        Result result =
                new Result(recipe, rows, rows.stream().filter(Row::divided).count());
        answer(result);
        if (!found.isEmpty()) {
            say(String.format(
                    Locale.ROOT,
                    "The columns divide colour in %d of %d seeds; chance alone would do so in one of twenty.",
                    result.divided(),
                    rows.size()));
            say("Results: " + folder.writeJson("columns", result) + ", "
                    + folder.writePicture("columns", ColumnsPicture.draw(found)));
        }
        if (found.size() < seeds.size()) {
            say("Interrupted. Started again with the same options, it goes on.");
            return ExitStatus.INTERRUPTED;
        }
        return ExitStatus.OK;
    }

    private static String line(Seed seed) {
        ColumnDivision columns = seed.division();
        return String.format(
                Locale.ROOT,
                "seed %d: %.2f and %.2f of the kernels' energy is colour; by chance so far apart in %.3f of all divisions%s",
                seed.seed(),
                columns.first(),
                columns.second(),
                columns.chance(),
                seed.top1Error() == null
                        ? ""
                        : String.format(Locale.ROOT, "; top-1 error %.1f %%", 100 * seed.top1Error()));
    }
}
