package dev.tandem.weights.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tandem.alexnet.Recipes;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** ONNX Runtime computes of an exported file what Tandem does. */
class OnnxExportTest {
    private static final int ROWS = 3;

    @TempDir
    Path folder;

    static Stream<Recipe> nets() {
        return Stream.of(
                        TinyNets.recipes(),
                        TinyNets.ablations(),
                        TinyNets.oddSizes(),
                        TinyNets.functions(),
                        Stream.of(TinyNets.everyLayer()))
                .flatMap(each -> each);
    }

    private Path export(RandomModel model, boolean withPreprocessing) {
        Path file = folder.resolve("net.onnx");
        WeightExport.of(model, model.recipe(), ScanProgress.silent()).write(ExportFormat.ONNX, file, withPreprocessing);
        return file;
    }

    private static float[] run(Path file, String output, String input, OnnxTensor tensor) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (tensor;
                OrtSession session = environment.createSession(file.toString());
                OrtSession.Result result = session.run(Map.of(input, tensor), Set.of(output))) {
            FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] all = new float[values.remaining()];
            values.get(all);
            return all;
        }
    }

    private static long[] shape(Recipe recipe, int rows) {
        int[] dims = recipe.input(rows).dims();
        long[] shape = new long[dims.length];
        for (int i = 0; i < dims.length; i++) {
            shape[i] = dims[i];
        }
        return shape;
    }

    private static OnnxTensor tensor(Recipe recipe, float[] input) throws OrtException {
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(input), shape(recipe, ROWS));
    }

    static double difference(float[] got, float[] expected) {
        double most = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            most = Math.max(most, Math.abs(got[i] - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        assertThat(got).hasSameSizeAs(expected);
        assertThat(largest).isGreaterThan(1e-3);
        return most / largest;
    }

    @ParameterizedTest
    @MethodSource("nets")
    @DisplayName("the logits of any number of images are Tandem's to 1e-4")
    void logits(Recipe recipe) throws OrtException {
        RandomModel model = new RandomModel(recipe);
        float[] input = model.inputs(ROWS, scale(recipe)).get(0);
        Path file = export(model, false);
        float[] expected = model.logits(ROWS, input);
        assertThat(difference(run(file, "logits", "images", tensor(recipe, input)), expected))
                .as(recipe.name())
                .isLessThan(1e-4);
        float[] probabilities = run(file, "probabilities", "images", tensor(recipe, input));
        double sum = 0;
        for (float probability : probabilities) {
            sum += probability;
        }
        assertThat(sum).isBetween(ROWS - 1e-3, ROWS + 1e-3);
    }

    private static double scale(Recipe recipe) {
        return recipe.preprocessing().pixels() == Pixels.MEAN_IMAGE ? 60 : 1;
    }

    /** Besides the recipes: grey, and a crop that cannot be in the middle. */
    static Stream<Recipe> preprocessed() {
        List<Recipe> all = new ArrayList<>(TinyNets.recipes().toList());
        for (Pixels pixels : Pixels.values()) {
            Network network = Network.builder()
                    .add("conv", Convolution.of(4, 3))
                    .add("fc", Linear.of(5))
                    .build();
            Recipe colour = TinyNets.of("pixels", network, 12, pixels);
            all.add(with(colour, colour.preprocessing().grey()));
            all.add(with(colour, colour.preprocessing().withResize(Resize.TORCHVISION)));
        }
        return all.stream();
    }

    private static Recipe with(Recipe recipe, Preprocessing preprocessing) {
        return Recipe.named(recipe.name())
                .network(recipe.network(), recipe.classes())
                .preprocessing(preprocessing)
                .augmentation(recipe.augmentation())
                .optimizer(recipe.training().optimizer())
                .schedule(recipe.schedule())
                .epochs(1)
                .batch(1)
                .build();
    }

    @ParameterizedTest
    @MethodSource("preprocessed")
    @DisplayName("with preprocessing the graph takes the crop's bytes, red, green and blue, and nothing else")
    void pixels(Recipe recipe) throws OrtException {
        RandomModel model = new RandomModel(recipe);
        Path file = export(model, true);
        int crop = recipe.preprocessing().cropSize();
        Random random = new Random(3);
        byte[] square = new byte
                [3 * recipe.preprocessing().imageSize() * recipe.preprocessing().imageSize()];
        random.nextBytes(square);
        float[] input = Inputs.of(recipe, square);
        byte[] cut = Inputs.crop(recipe, square);
        OnnxTensor bytes = OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(),
                ByteBuffer.wrap(cut),
                new long[] {1, 3, crop, crop},
                OnnxJavaType.UINT8);
        assertThat(difference(run(file, "logits", "pixels", bytes), model.logits(1, input)))
                .as(recipe.name())
                .isLessThan(1e-4);
        OnnxTensor floats = OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(), FloatBuffer.wrap(new float[cut.length]), new long[] {1, 3, crop, crop
                });
        assertThatThrownBy(() -> run(file, "logits", "pixels", floats)).isInstanceOf(OrtException.class);
    }

    @Test
    @DisplayName("the file says how images become inputs")
    void metadata() throws OrtException {
        Path file = export(new RandomModel(TinyNets.tiny(Recipes.OWT)), false);
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString())) {
            Map<String, String> metadata = session.getMetadata().getCustomMetadata();
            assertThat(metadata)
                    .containsEntry("preprocessing.channel_order", "RGB")
                    .containsEntry("preprocessing.mean", "123.675, 116.28, 103.53")
                    .containsEntry("preprocessing.crop", "the centre, 64 x 64")
                    .containsKeys("tandem.export", "classes", "preprocessing.deviation", "preprocessing.resize");
            assertThat(session.getInputInfo().get("images").getInfo().toString())
                    .contains("[-1, 3, 64, 64]");
        }
    }

    @Test
    @DisplayName("a layer that cannot be written is named before anything is written")
    void unknownLayer() {
        Network network = Network.builder()
                .add("conv", Convolution.of(4, 3))
                .add("own", (x, context) -> x.multiply(2))
                .add("fc", Linear.of(5))
                .build();
        RandomModel model = new RandomModel(TinyNets.of("own", network, 8, Pixels.MEAN_IMAGE));
        assertThatThrownBy(() -> export(model, false))
                .hasMessageStartingWith("export as onnx: own is of a kind that cannot be written, got ")
                .hasMessageContaining("export to safetensors");
        assertThat(folder.resolve("net.onnx")).doesNotExist();
    }
}
