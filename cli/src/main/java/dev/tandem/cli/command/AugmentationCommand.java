package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.paper.picture.ExperimentFolder;
import dev.tandem.paper.tour.AugmentationSheet;
import dev.tandem.run.Photographs;
import dev.tandem.runtime.config.TandemConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "augmentation",
        description =
                "Draws what training makes of a photograph: its square, crops, reflections, colours along the principal"
                        + " components of the data folder; and the views of testing.")
public final class AugmentationCommand extends PictureCommand {
    @Parameters(paramLabel = "IMAGE", description = "A JPEG, PNG, WebP, TIFF, GIF or BMP file.")
    Path image;

    AugmentationCommand(Console console) {
        super(console, "augmentation");
    }

    @Override
    List<Path> draw(TandemConfig config, Path folder) {
        Photographs photographs = new Photographs(config);
        try (CountDisplay progress = scanProgress();
                ImageFolder images =
                        photographs.open(AugmentationSheet.PREPROCESSING, Optional.empty(), false, progress)) {
            AugmentationSheet sheet = AugmentationSheet.of(
                    image,
                    images.imageOptions(),
                    images.statistics(),
                    config.train().seed());
            return List.of(new ExperimentFolder(folder).writePicture("augmentation", sheet.draw()));
        }
    }
}
