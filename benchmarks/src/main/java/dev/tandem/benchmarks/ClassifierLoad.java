package dev.tandem.benchmarks;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.Prediction;
import dev.tandem.runtime.Tandem;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * Many threads on one classifier against the model alone: {@code ClassifierLoad RECIPE CALLS THREADS BATCH}. Rounds of
 * both alternate, so that their ratio says something on a busy machine, too.
 */
public final class ClassifierLoad {
    private static final int IMAGES = 64;
    private static final int ROUNDS = 5;

    private final Recipe recipe;
    private final int calls;
    private final int batch;
    private final int threads;
    private final List<float[]> inputs = new ArrayList<>();
    private final List<byte[]> jpegs = new ArrayList<>();

    private ClassifierLoad(Recipe recipe, int calls, int threads, int batch) throws IOException {
        this.recipe = recipe;
        this.calls = calls;
        this.threads = threads;
        this.batch = batch;
        for (int i = 0; i < IMAGES; i++) {
            Random random = new Random(i);
            float[] input = new float[recipe.input(1).arrayLength()];
            for (int j = 0; j < input.length; j++) {
                input[j] = random.nextInt(256) - 128;
            }
            inputs.add(input);
            jpegs.add(jpeg(random));
        }
    }

    private static byte[] jpeg(Random random) throws IOException {
        BufferedImage image = new BufferedImage(320, 240, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 320 * 240; i++) {
            int shade = (i % 320 + i / 320) / 3;
            image.setRGB(i % 320, i / 320, shade * 0x10101 ^ random.nextInt(32));
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "jpg", bytes);
        return bytes.toByteArray();
    }

    /** Runs the comparison. */
    public static void main(String[] args) throws Exception {
        RecipeChoice choice = RecipeChoice.of(args[0], Map.of(), List.of());
        Recipe recipe = choice.recipe(10);
        ClassifierLoad load = new ClassifierLoad(
                recipe, Integer.parseInt(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        Path file = Files.createTempFile("load", ".safetensors");
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                PlacedModel model = tandem.placement().place(recipe.network(), recipe.input(load.batch))) {
            model.initialize(1);
            Checkpoint.write(file, model, state(recipe), ModelDescription.of(choice, Optional.of(input(recipe))));
            try (Classifier photos =
                    tandem.open(file, ClassifierOptions.defaults().withBatch(load.batch))) {
                load.run(photos, model);
            }
        } finally {
            Files.delete(file);
        }
    }

    private static ImageInput input(Recipe recipe) {
        int side = recipe.preprocessing().imageSize();
        float[] mean = new float[3 * side * side];
        Arrays.fill(mean, 127);
        PixelStatistics statistics = new PixelStatistics(
                side, 1, mean, new double[] {127, 127, 127}, new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1});
        return new ImageInput(recipe.preprocessing(), statistics, true, ImageInput.MAXIMUM_PIXELS);
    }

    private static TrainingState state(Recipe recipe) {
        List<String> classes =
                IntStream.range(0, recipe.classes()).mapToObj(i -> "class " + i).toList();
        return new TrainingState(
                recipe.name(),
                classes,
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

    private void run(Classifier photos, PlacedModel model) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(threads);
        List<List<Prediction>> ofInputs = new ArrayList<>();
        List<List<Prediction>> ofJpegs = new ArrayList<>();
        for (int i = 0; i < IMAGES; i++) {
            ofInputs.add(photos.classify(inputs.get(i), 5));
            ofJpegs.add(photos.classify(jpegs.get(i), 5));
        }
        report("before");
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            double alone = alone(model);
            double together =
                    together(callers, i -> photos.classify(inputs.get(i), 5).equals(ofInputs.get(i)));
            ratios.add(together / alone);
            System.out.printf(
                    "round %d: model alone, batches of %d: %.0f images/s; %d threads: %.0f images/s; ratio %.2f%n",
                    round, batch, alone, threads, together, together / alone);
            report("after");
        }
        Collections.sort(ratios);
        System.out.printf("median ratio %.2f%n", ratios.get(ROUNDS / 2));
        double one = decodedByOne(photos, ofJpegs);
        double many = together(callers, i -> photos.classify(jpegs.get(i), 5).equals(ofJpegs.get(i)));
        System.out.printf(
                "JPEGs: one thread and its lists %.0f images/s, %d threads %.0f images/s%n", one, threads, many);
        report("after JPEGs");
        callers.shutdown();
    }

    /** Images a second of the model in batches, without a classifier. */
    private double alone(PlacedModel model) {
        HostBatch host = new HostBatch(recipe.input(batch));
        long began = System.nanoTime();
        for (int done = 0; done < calls / ROUNDS; done += batch) {
            for (int row = 0; row < batch; row++) {
                float[] input = inputs.get((done + row) % IMAGES);
                host.images().put(row * input.length, input);
            }
            model.probabilities(host);
        }
        return calls / ROUNDS / seconds(began);
    }

    private double decodedByOne(Classifier photos, List<List<Prediction>> expected) {
        long began = System.nanoTime();
        for (int done = 0; done < calls / ROUNDS; done += IMAGES) {
            requireEqual(photos.classify(jpegs, 5).equals(expected));
        }
        return calls / ROUNDS / seconds(began);
    }

    /** Asks for image {@code index} and returns whether the answer is right to the last bit. */
    private interface Request {
        boolean isRight(int index);
    }

    /** Images a second of all callers. */
    private double together(ExecutorService callers, Request request) throws Exception {
        AtomicInteger next = new AtomicInteger();
        Callable<Boolean> caller = () -> {
            boolean right = true;
            for (int call = next.getAndIncrement(); call < calls / ROUNDS; call = next.getAndIncrement()) {
                right &= request.isRight(call % IMAGES);
            }
            return right;
        };
        long began = System.nanoTime();
        for (Future<Boolean> right : callers.invokeAll(Collections.nCopies(threads, caller))) {
            requireEqual(right.get());
        }
        return calls / ROUNDS / seconds(began);
    }

    private static void requireEqual(boolean equal) {
        if (!equal) {
            throw new IllegalStateException("an answer differs from that of one thread");
        }
    }

    private static double seconds(long began) {
        return (System.nanoTime() - began) / 1e9;
    }

    private static void report(String when) throws IOException {
        System.gc();
        Runtime java = Runtime.getRuntime();
        String resident = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .findFirst()
                .orElse("VmRSS unknown");
        System.out.printf(
                "%s: Java heap in use %d MB, %s%n",
                when, (java.totalMemory() - java.freeMemory()) >> 20, resident.replaceAll("\\s+", " "));
    }
}
