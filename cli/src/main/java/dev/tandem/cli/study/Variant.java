package dev.tandem.cli.study;

import dev.tandem.nn.recipe.RecipeProvider;
import java.util.List;

/**
 * A recipe with some of its parts left out or changed.
 *
 * @param name as people write it: {@code no-lrn}, or {@code no-lrn+tanh} for two changes
 * @param ablations the changes, in order; none for the recipe as it is
 */
public record Variant(String name, List<String> ablations) {
    /** The recipe as it is. */
    public static final Variant WHOLE = new Variant("(whole)", List.of());

    /** The variant called {@code name}, of ablations of {@code provider} with + between them. */
    public static Variant named(String name, RecipeProvider provider) {
        return new Variant(
                name, provider.ablations().containsKey(name) ? List.of(name) : List.of(name.split("\\+", -1)));
    }

    /** What the run of {@code seed} is called: {@code no-lrn-seed-1}. */
    public String trialName(long seed) {
        return (this == WHOLE ? "whole" : name) + "-seed-" + seed;
    }

    /** Whether a folder of this name may be a trial's. */
    public static boolean isTrialName(String folder) {
        return folder.matches(".+-seed--?[0-9]+");
    }
}
