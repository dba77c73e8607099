package dev.tandem.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Shape;
import dev.tandem.testkit.GradientCheck;
import dev.tandem.testkit.LayerContract;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs the small programs, and holds them to their size. */
class LibraryUseTest {
    private static final String CPU = "tandem.backend = cpu";
    static final String TINY =
            CPU + ", tandem.recipe = small, tandem.recipes.small { width = 12, hidden = 16, image = 60, crop = 56 }";

    @TempDir
    Path folder;

    @Test
    void trainThenClassify() throws IOException {
        Path data = TestPhotographs.folder(folder.resolve("data"), 4, 2);
        Path checkpoint = folder.resolve("net.safetensors");
        TrainInFortyLines.train(TINY + ", tandem.train { epochs = 1, batch = 4 }", data, checkpoint);

        Path image = data.resolve("val/red/image0.png");
        List<String> answers = ClassifyImages.classify(CPU, checkpoint, List.of(image, image));
        assertThat(answers).hasSize(2).containsOnly(answers.get(0));
        assertThat(TestPhotographs.CLASSES).contains(answers.get(0));
    }

    @Test
    void aLambdaIsALayerWithGradients() {
        GradientCheck.of(LambdaLayer.SWISH, Shape.of(2, 3, 4, 4)).check();
        GradientCheck.of(LambdaLayer.network(3), Shape.of(2, 3, 8, 8)).check();
    }

    @Test
    void anOperationHasABackwardPassOfItsOwn() {
        GradientCheck.of((x, context) -> CustomOperation.softplus(x), Shape.of(2, 3, 4))
                .check();
    }

    @Test
    void aLayerWithWeightsKeepsItsContractOnTheBackend() {
        GradientCheck.of(new ChannelScale(1), Shape.of(2, 3, 4, 4)).check();
        try (Tandem tandem = Tandem.configure(CPU)) {
            LayerContract.of(new ChannelScale(1), Shape.of(2, 3, 4, 4))
                    .check(tandem.devices().get(0));
        }
    }

    @Test
    void anotherBackendIsOneLineOfConfiguration() {
        float here = SwapBackend.probability(CPU);
        float there = SwapBackend.probability("tandem.backend = reference");
        assertThat(here).isCloseTo(there, within(1e-6f)).isBetween(0f, 1f);
    }

    /** Of the lines that are neither empty nor imports. */
    @ParameterizedTest
    @CsvSource({
        "TrainInFortyLines, 23",
        "ClassifyImages, 18",
        "ClassifyService, 27",
        "FineTune, 28",
        "HuberLoss, 13",
        "LambdaLayer, 14",
        "ChannelScale, 13",
        "CustomOperation, 13",
        "FeaturesToNumpy, 25"
    })
    void theyAreAsShortAsTheySay(String program, int lines) throws IOException {
        Path source = Path.of("src/main/java/dev/tandem/examples", program + ".java");
        try (Stream<String> all = Files.lines(source)) {
            assertThat(all.filter(
                            line -> !line.isBlank() && !line.startsWith("import ") && !line.startsWith("package ")))
                    .hasSizeLessThanOrEqualTo(lines);
        }
    }
}
