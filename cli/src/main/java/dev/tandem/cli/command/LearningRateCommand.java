package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.paper.picture.ExperimentFolder;
import dev.tandem.paper.tour.LearningRateCurve;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
        name = "learning-rate",
        description = "Draws the learning rate of a recipe over its epochs, with momentum and decay in words.")
public final class LearningRateCommand extends PictureCommand {
    LearningRateCommand(Console console) {
        super(console, "learning-rate");
    }

    @Override
    List<Path> draw(TandemConfig config, Path folder) {
        refuse("--data", data, "it needs no photographs");
        ConfiguredRecipe configured = new ConfiguredRecipe(config);
        Recipe recipe = configured.forClasses(configured.usualClasses());
        LearningRateCurve curve = LearningRateCurve.of(recipe);
        ExperimentFolder out = new ExperimentFolder(folder);
        String name = "learning-rate-" + recipe.name();
        return List.of(out.writeJson(name, curve), out.writePicture(name, curve.picture()));
    }
}
