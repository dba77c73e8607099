package dev.tandem.cli.run;

import dev.tandem.placement.DevicePlacement;
import dev.tandem.run.Photographs;
import dev.tandem.runtime.config.ConfiguredRecipe;
import jakarta.inject.Inject;

/**
 * What a command works with that uses a model.
 *
 * @param recipes the configured recipe, still without a number of classes
 * @param photographs the configured folder of photographs
 * @param placement the configured placement; its backend is open
 */
public record Session(ConfiguredRecipe recipes, Photographs photographs, DevicePlacement placement) {
    @Inject
    public Session {}
}
