package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.paper.picture.ExperimentFolder;
import dev.tandem.paper.tour.DropoutSteps;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.TandemConfig;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
        name = "dropout",
        description =
                "Draws which units of fc6 live in three steps, and what the next layer gets in training and testing.")
public final class DropoutCommand extends PictureCommand {
    DropoutCommand(Console console) {
        super(console, "dropout");
    }

    @Override
    List<Path> draw(TandemConfig config, Path folder) {
        refuse("--recipe", recipe, "it draws the paper's fc6, whatever the recipe");
        refuse("--data", data, "it needs no photographs");
        try (Tandem tandem = Tandem.configure(config)) {
            DropoutSteps steps = DropoutSteps.draw(
                    tandem.devices().get(0), tandem.config().train().seed());
            ExperimentFolder out = new ExperimentFolder(folder);
            return List.of(out.writeJson("dropout", steps), out.writePicture("dropout", steps.picture()));
        }
    }
}
