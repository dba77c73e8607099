package dev.tandem.paper.activation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.paper.activation.Chain.Unit;
import dev.tandem.paper.activation.DepthGradients.OfChain;
import dev.tandem.paper.data.BalancedImages;
import dev.tandem.run.Photographs;
import dev.tandem.runtime.Tandem;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActivationsTest {
    private static final int DEPTH = 6;

    @TempDir
    static Path folder;

    private static Tandem tandem;
    private static ImageFolder data;
    private static BalancedImages images;

    @BeforeAll
    static void photographs() throws IOException {
        TestPhotographs.folder(folder.resolve("data"), 8, 1);
        tandem = Tandem.configure("tandem { backend = cpu, data = \"%s\", images.cache = \"%s\" }"
                .formatted(folder.resolve("data"), folder.resolve("cache")));
        data = new Photographs(tandem.config())
                .open(Chain.PREPROCESSING, Optional.empty(), false, ScanProgress.silent());
        images = BalancedImages.of(data, 24);
    }

    @AfterAll
    static void close() {
        data.close();
        tandem.close();
    }

    @Test
    void sigmoidTakesAPartOfTheGradientInEachLayer() {
        DepthGradients seen = DepthGradients.measure(tandem.placement(), images, DEPTH, 3);
        assertThat(seen.chains()).hasSize(6);
        for (OfChain chain : seen.chains()) {
            List<Double> lengths = chain.inputGradients();
            assertThat(lengths).hasSize(DEPTH);
            if (chain.function().equals("sigmoid")) {
                // Its slope is 1/4 at most, and a Gaussian matrix of 100 x 100 lengthens by 2 sqrt(100) deviations.
                double deviation = chain.start().equals(Start.GAUSSIAN_001.label()) ? 0.01 : 0.1;
                for (int layer = 1; layer < DEPTH; layer++) {
                    double below = lengths.get(layer - 1) / lengths.get(layer);
                    assertThat(below).as("layer " + layer).isLessThan(layer == 1 ? 1 : 1.1 * 20 * deviation / 4);
                }
                assertThat(chain.weightGradients().get(0))
                        .isLessThan(chain.weightGradients().get(DEPTH - 1));
            }
        }
        assertThat(inputGradient(seen, "tanh") / inputGradient(seen, "sigmoid"))
                .as("with LeCun's start tanh lets through what sigmoid does not")
                .isGreaterThan(100);
    }

    private static double inputGradient(DepthGradients seen, String function) {
        return seen.chains().stream()
                .filter(chain ->
                        chain.function().equals(function) && chain.start().equals(Start.LECUN.label()))
                .mapToDouble(chain -> chain.inputGradients().get(0))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void withPositiveInputsBothWeightsMoveTheSameWayAndTheLossStillFalls() {
        ZigZag seen = ZigZag.measure(tandem.devices().get(0), 5);
        ZigZag.Path positive = seen.paths().get(0);
        assertThat(positive.inputs())
                .allSatisfy(x -> assertThat(Arrays.stream(x)).allMatch(value -> value > 0 && value < 1));
        assertThat(positive.gradients()).allSatisfy(g -> assertThat(g[0] * g[1]).isNotNegative());
        assertThat(positive.oneSign()).isGreaterThan(0.99);
        ZigZag.Path centred = seen.paths().get(1);
        assertThat(centred.oneSign()).isBetween(0.2, 0.8);
        for (ZigZag.Path path : seen.paths()) {
            double first = path.losses().get(0);
            double last = path.losses().get(path.losses().size() - 1);
            assertThat(last).isLessThan(first);
            double[] w = path.weights().get(0);
            double[] x = path.inputs().get(0);
            double error = w[0] * x[0] + w[1] * x[1] - (seen.goal()[0] * x[0] + seen.goal()[1] * x[1]);
            assertThat(path.gradients().get(0)[0])
                    .as("the first gradient, by hand")
                    .isCloseTo(error * x[0], within(1e-6));
        }
    }

    @Test
    void aDeadUnitHasNoGradientAndALeakyOneDoes() {
        for (Unit function : List.of(Unit.RELU, Unit.LEAKY_RELU)) {
            Recipe recipe = new Chain(function, Start.LECUN, 2, 10).recipe(3, 0.1, 0, 1, 24);
            try (PlacedModel model = tandem.placement().place(recipe);
                    BatchStream stream = images.batches(24)) {
                model.initialize(1);
                float[] bias = model.read("fc1.bias");
                bias[4] = -1e4f; // below 0 for whatever photograph
                model.write("fc1.bias", bias);
                BitSet dead = DeadUnits.dead(model, images, 24, "fc1");
                assertThat(dead.get(4)).isTrue();
                float[] before = model.read("fc1.weight");
                HostBatch batch = stream.next();
                model.step(batch, new StepSettings(1, 0, 0.1));
                float[] after = model.read("fc1.weight");
                int inputs = before.length / 10;
                boolean isSame = Arrays.equals(
                        Arrays.copyOfRange(before, 4 * inputs, 5 * inputs),
                        Arrays.copyOfRange(after, 4 * inputs, 5 * inputs));
                assertThat(isSame).as(function.label()).isEqualTo(function == Unit.RELU);
                assertThat(after).as("the other units learn").isNotEqualTo(before);
            }
        }
    }

    @Test
    void unitsThatComeBackAreCounted() {
        DeadUnits seen = DeadUnits.measure(tandem.placement(), data, images, 0.05, 3, 8, 1);
        for (DeadUnits.OfChain chain : seen.chains()) {
            assertThat(chain.layers()).hasSize(3).allSatisfy(layer -> {
                assertThat(layer.dead()).hasSize(1 + chain.trainingErrors().size());
                assertThat(layer.died()).isGreaterThanOrEqualTo(layer.deadAtEnd());
                assertThat(layer.deadAtEnd())
                        .isEqualTo(layer.dead().get(layer.dead().size() - 1));
                assertThat(layer.revived()).isLessThanOrEqualTo(layer.died());
            });
        }
    }

    @Test
    void eachExperimentLeavesFiguresAndAPicture() throws IOException {
        Path out = folder.resolve("out");
        List<Path> files = Activations.run(
                tandem, new Activations.Options(3, 2, 0.05, 0.05), out, ScanProgress.silent(), line -> {});
        assertThat(files).hasSize(8).allSatisfy(file -> assertThat(file).isNotEmptyFile());
        for (String name : List.of("gradients", "saturation", "zig-zag", "dead-units")) {
            assertThat(ImageIO.read(out.resolve(name + ".png").toFile()).getWidth())
                    .isEqualTo(900);
        }
        JsonNode saturation =
                new ObjectMapper().readTree(out.resolve("saturation.json").toFile());
        JsonNode tanh = saturation.get("chains").get(1);
        assertThat(tanh.get("saturated")).hasSize(4);
        assertThat(tanh.get("saturated").get(0)).as("the start, and two epochs").hasSize(3);
        assertThatThrownBy(() -> new Activations.Options(1, 2, 0.1, 0.1))
                .hasMessageContaining("paper activations: a number out of range, got 1 layers");
    }
}
