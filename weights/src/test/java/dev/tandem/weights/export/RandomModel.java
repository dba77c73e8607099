package dev.tandem.weights.export;

import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A model of a recipe with random parameters, which keep the signal's size from layer to layer, so that logits differ
 * between inputs.
 */
final class RandomModel implements PretrainedModel {
    private final Recipe recipe;
    private final ModelDescription description;
    private final List<String> classNames;
    private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();

    RandomModel(Recipe recipe) {
        this(
                recipe,
                ModelDescription.of(
                        recipe, Optional.ofNullable(recipe.preprocessing()).map(RandomModel::input)));
    }

    RandomModel(Recipe recipe, ModelDescription description) {
        this.recipe = recipe;
        this.description = description;
        this.classNames = IntStream.range(0, recipe.classes())
                .mapToObj(label -> "class " + label)
                .toList();
        recipe.network().parameters(recipe.inputs(1)).forEach(spec -> specs.put(spec.name(), spec));
    }

    static ImageInput input(Preprocessing preprocessing) {
        int side = preprocessing.imageSize();
        Random random = new Random(7);
        float[] mean = new float[3 * side * side];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = 90 + 60 * random.nextFloat();
        }
        PixelStatistics statistics =
                new PixelStatistics(side, 100, mean, new double[] {123.675, 116.28, 103.53}, new double[] {
                    3409.976, 2900, 2500, 2900, 3262.6944, 2800, 2500, 2800, 3290.5
                }); // of ImageNet, about
        return new ImageInput(preprocessing, statistics, true, ImageInput.MAXIMUM_PIXELS);
    }

    Recipe recipe() {
        return recipe;
    }

    @Override
    public Path file() {
        return Path.of("random.safetensors");
    }

    @Override
    public ModelDescription description() {
        return description;
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public Map<String, Shape> parameters() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        specs.forEach((name, spec) -> shapes.put(name, spec.shape()));
        return shapes;
    }

    @Override
    public float[] read(String parameter) {
        ParameterSpec spec = specs.get(parameter);
        Random random = new Random(parameter.hashCode());
        boolean isKernel = spec.shape().rank() > 1;
        float[] elements = new float[spec.shape().arrayLength()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = isKernel
                    ? (float) (1.6 * random.nextGaussian() / Math.sqrt(spec.fanIn()))
                    : (float) (parameter.endsWith("var") ? 0.5 + random.nextDouble() : 0.1 * random.nextGaussian());
        }
        return elements;
    }

    /** Random inputs of the network for {@code rows} samples. */
    List<float[]> inputs(int rows, double scale) {
        Random random = new Random(11);
        List<float[]> inputs = new ArrayList<>();
        for (Shape shape : recipe.inputs(rows)) {
            float[] input = new float[shape.arrayLength()];
            for (int i = 0; i < input.length; i++) {
                input[i] = (float) (scale * random.nextGaussian());
            }
            inputs.add(input);
        }
        return inputs;
    }

    /** What the network makes of an input on the CPU. */
    float[] logits(int rows, float[] input) {
        try (Tandem tandem = Tandem.configure("tandem { backend = cpu, recipe = small }");
                PlacedModel model = tandem.placement().place(recipe.network(), recipe.input(rows))) {
            model.parameters().forEach(spec -> model.write(spec.name(), read(spec.name())));
            HostBatch batch = new HostBatch(recipe.input(rows));
            System.arraycopy(input, 0, batch.images().array(), 0, input.length);
            return model.features(batch, recipe.network().outputs().get(0));
        }
    }

    @Override
    public void close() {
        // nothing is open
    }
}
