package dev.tandem.cli.study;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a study has found; the last line of {@code --json}.
 *
 * @param recipe the recipe's name
 * @param with ablations that every variant has
 * @param epochs of each trial
 * @param seeds of each variant's trials
 * @param images how many images errors were counted on
 * @param runs the folder of the trials
 * @param rows the whole recipe, then its variants
 */
public record AblationTable(
        String recipe,
        List<String> with,
        int epochs,
        List<Long> seeds,
        int images,
        String runs,
        List<VariantErrors> rows) {
    /** The table as Markdown. */
    public String markdown() {
        return String.format(
                        Locale.ROOT,
                        "Recipe %s%s, %d epochs, seeds %s: top-1 error on %,d validation images after the last epoch, %%.",
                        recipe,
                        with.isEmpty() ? "" : " with " + String.join(", ", with),
                        epochs,
                        seeds.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                        images)
                + "\n\n| without, or with | mean | range | difference | 95 % interval | verdict |\n"
                + "| --- | --- | --- | --- | --- | --- |\n"
                + rows.stream().map(VariantErrors::row).collect(Collectors.joining("\n"))
                + "\n\n"
                + (seeds.size() == 1
                        ? "One seed has no interval: the same command with more of them, such as --seeds 1,2,3, trains"
                                + " what is missing.\n"
                        : "A difference is that to the whole recipe, seed by seed. Its interval, by Student's t, is about"
                                + " other seeds, and not about other images. Of 20 changes without effect, one is"
                                + " expected to have an interval without 0.\n");
    }
}
