package dev.tandem.cli.study;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.run.Photographs;
import dev.tandem.run.trial.Trial;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * What is trained: each variant with each seed. All variants come with the first seed before one with the next, so that
 * they can be compared early.
 *
 * @param variants the whole recipe, then the others
 * @param trials one for each variant and seed
 */
public record Study(List<Variant> variants, List<VariantTrial> trials) {
    /** One of the trials. */
    public record VariantTrial(Variant variant, long seed, Trial trial) {}

    /**
     * What the data say.
     *
     * @param epochs of each trial
     * @param validationImages how many errors are counted on
     */
    public record Extent(int epochs, int validationImages) {}

    /**
     * A study.
     *
     * @param variants the whole recipe, then the others
     * @param configuration of the trial of a variant with a seed
     */
    public static Study of(
            List<Variant> variants, List<Long> seeds, BiFunction<Variant, Long, TandemConfig> configuration) {
        requireDistinct("--ablations", variants.stream().map(Variant::name).toList());
        requireDistinct("--seeds", seeds);
        List<VariantTrial> trials = new ArrayList<>();
        for (long seed : seeds) {
            for (Variant variant : variants) {
                Trial trial = new Trial(variant.trialName(seed), configuration.apply(variant, seed));
                trials.add(new VariantTrial(variant, seed, trial));
            }
        }
        return new Study(variants, trials);
    }

    private static void requireDistinct(String option, List<?> values) {
        for (Object value : new HashSet<>(values)) {
            if (values.indexOf(value) != values.lastIndexOf(value)) {
                throw TandemException.argument("ablate " + option, "named twice", value, "each once", "Remove one");
            }
        }
    }

    /**
     * Checks that a folder holds nothing but trials and written tables, or is not there.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) naming something else in it
     */
    public static void requireTrialsOnly(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw otherThings(folder, "it is no folder", folder.toString());
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                boolean known = Files.isDirectory(file) ? Variant.isTrialName(name) : name.matches(".+\\.(md|json)");
                if (!known && !name.startsWith(".")) {
                    throw otherThings(folder, "it holds something else than trials", EscapedText.visible(name));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "ablate --runs " + folder,
                    "it cannot be read: " + e,
                    "Choose a folder that may be read and written",
                    e);
        }
    }

    private static TandemException otherThings(Path folder, String wrong, String got) {
        return TandemException.argument(
                "ablate --runs " + folder,
                wrong,
                got,
                "a new folder, or that of an earlier ablate",
                "Choose another folder");
    }

    /**
     * Opens the images of every variant once, and checks that each variant can be trained on them.
     *
     * @param progress of the first look at them
     * @throws TandemException if they cannot be used, or there is none to validate on
     */
    public Extent open(ScanProgress progress) {
        Map<Preprocessing, List<Integer>> opened = new HashMap<>();
        Extent extent = null;
        for (VariantTrial planned : trials.subList(0, variants.size())) {
            ConfiguredRecipe configured = new ConfiguredRecipe(planned.trial().config());
            List<Integer> counts = opened.computeIfAbsent(
                    configured.preprocessing(),
                    preprocessing -> counts(planned.trial().config(), preprocessing, progress));
            Recipe recipe = configured.forClasses(counts.get(0));
            recipe.network().outputShapes(recipe.inputs(recipe.batch())); // throws if a layer does not fit
            extent = extent == null ? new Extent(recipe.epochs(), counts.get(1)) : extent;
        }
        return extent;
    }

    /** How many classes and how many validation images there are. */
    private static List<Integer> counts(TandemConfig config, Preprocessing preprocessing, ScanProgress progress) {
        try (ImageFolder images = new Photographs(config).open(preprocessing, Optional.empty(), false, progress)) {
            if (images.validationSize() == 0) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA, "ablate", "no validation images", 0, "1 or more", "Add val/CLASS/FILE");
            }
            return List.of(images.classNames().size(), images.validationSize());
        }
    }
}
