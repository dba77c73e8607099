package dev.tandem.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Shape;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code parity.py} reads. */
class StepExportTest {
    @TempDir
    Path folder;

    @Test
    void aStepIsExportedWholeForTheParityCheck() {
        Path file = folder.resolve("step.safetensors");
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu")) {
            var recipe = Recipes.SMALL
                    .recipe(3, Sizes.paper().width(12).hidden(16).image(60).crop(56))
                    .withBatch(2);
            StepExport.export(tandem, recipe, 2, file, 5);
        }
        try (Safetensors exported = Safetensors.open(file)) {
            assertThat(exported.metadata()).containsEntry("recipe", "small").containsEntry("seed", "5");
            assertThat(exported.shapes())
                    .containsKeys(
                            "images", "labels", "logits", "init/conv1.weight", "gradient/fc8.bias", "final/fc8.bias");
            assertThat(exported.read("losses", Shape.of(2))).doesNotContain(0f);
        }
    }
}
