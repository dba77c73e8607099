package dev.tandem.web.service;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.Tandem;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import javax.imageio.ImageIO;

/** A tiny net of real layers with random weights, which can be made to wait, and pictures for it. */
final class TinyNet implements AutoCloseable {
    static final List<String> CLASSES =
            List.of("n02119789", "<img src=x onerror=alert(1)>", "cat", "dög", "emu", "fox");
    static final String NAME = "tiny";

    private static final int SIDE = 60;
    private static final Map<String, Integer> SIZES = Map.of("width", 12, "hidden", 16, "image", 60, "crop", 56);

    private final Tandem tandem = Tandem.configure("tandem.backend = cpu");
    private final Path file;

    TinyNet(Path folder) {
        file = folder.resolve("tiny.safetensors");
        RecipeChoice choice = RecipeChoice.of("small", SIZES, List.of());
        Recipe recipe = choice.recipe(CLASSES.size());
        float[] mean = new float[3 * SIDE * SIDE];
        Arrays.fill(mean, 127);
        PixelStatistics statistics = new PixelStatistics(
                SIDE, 1, mean, new double[] {127, 127, 127}, new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1});
        ImageInput input = new ImageInput(recipe.preprocessing(), statistics, true, ImageInput.MAXIMUM_PIXELS);
        try (PlacedModel model = tandem.placement().place(recipe.network(), recipe.input(1))) {
            model.initialize(5);
            Checkpoint.write(file, model, state(recipe), ModelDescription.of(choice, Optional.of(input)));
        }
    }

    private static TrainingState state(Recipe recipe) {
        return new TrainingState(
                recipe.name(),
                CLASSES,
                1,
                1,
                "",
                0,
                1,
                1,
                new LossSum(0, 0),
                1,
                List.of(),
                List.of(),
                null,
                null,
                List.of());
    }

    ServedNet open(ClassifierOptions options) {
        return new ServedNet(NAME, tandem.open(file, options), Views.CENTRE);
    }

    /** The net, which takes a permit for each batch of predictions. */
    ServedNet openHeld(ClassifierOptions options, Semaphore begun, Semaphore allowed) {
        Placement placement = (Placement) Proxy.newProxyInstance(
                Placement.class.getClassLoader(),
                new Class<?>[] {Placement.class},
                (proxy, method, arguments) ->
                        held((PlacedModel) method.invoke(tandem.placement(), arguments), begun, allowed));
        return new ServedNet(NAME, Classifier.open(file, placement, options), Views.CENTRE);
    }

    private static PlacedModel held(PlacedModel model, Semaphore begun, Semaphore allowed) {
        return (PlacedModel) Proxy.newProxyInstance(
                PlacedModel.class.getClassLoader(), new Class<?>[] {PlacedModel.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("predictions")) {
                        begun.release();
                        allowed.acquire();
                    }
                    try {
                        return method.invoke(model, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** A picture of its own for each seed. */
    static byte[] picture(int seed, String format) throws IOException {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(70, 60, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 70 * 60; i++) {
            image.setRGB(i % 70, i / 70, random.nextInt(0x1000000));
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, format, bytes);
        return bytes.toByteArray();
    }

    @Override
    public void close() {
        tandem.close();
    }
}
