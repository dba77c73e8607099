package dev.tandem.nn.recipe;

import dev.tandem.spi.TandemException;

/**
 * One setting that a recipe understands; configured as {@code tandem.recipes.<recipe>.<name>}.
 *
 * @param name the setting's name, in kebab-case, such as {@code width}
 * @param defaultValue the value when nothing is configured
 * @param minimum the least value allowed
 * @param maximum the greatest value allowed
 * @param description what it does, with its unit, in one line
 */
public record RecipeOption(String name, int defaultValue, int minimum, int maximum, String description) {
    public RecipeOption {
        if (!name.matches(RecipeProvider.NAMES) || defaultValue < minimum || defaultValue > maximum) {
            throw TandemException.argument(
                    "recipe option",
                    "unusable name or default",
                    name + " = " + defaultValue,
                    "a name of " + RecipeProvider.NAMES + ", a value of " + minimum + " to " + maximum,
                    "");
        }
    }
}
