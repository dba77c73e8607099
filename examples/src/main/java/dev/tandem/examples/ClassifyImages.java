package dev.tandem.examples;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.imagenet.ImageLoader;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.Recipe;
import dev.tandem.runtime.Tandem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Names the likeliest class of images, with what {@link TrainInFortyLines} has left: {@code CHECKPOINT IMAGE...}. */
public final class ClassifyImages {
    public static void main(String[] args) {
        List<Path> images = List.of(args).stream().skip(1).map(Path::of).toList();
        classify("tandem.backend = cpu", Path.of(args[0]), images, Sizes.small())
                .forEach(System.out::println);
    }

    static List<String> classify(String settings, Path file, List<Path> images, Sizes sizes) {
        List<String> answers = new ArrayList<>();
        TrainingStatistics statistics = TrainingStatistics.read(file.resolveSibling("statistics.bin"));
        try (var tandem = Tandem.configure(settings);
                var checkpoint = Checkpoint.open(file)) {
            List<String> classes = checkpoint.state().classNames();
            Recipe recipe = Recipes.SMALL.recipe(classes.size(), sizes);
            HostBatch batch = new HostBatch(recipe.input(1));
            try (var model = tandem.placement().place(recipe.network(), batch.shape());
                    var loader = new ImageLoader(recipe.preprocessing(), statistics, ImageOptions.defaults())) {
                checkpoint.restoreParameters(model);
                for (Path image : images) {
                    loader.load(image, Views.CENTRE, batch, 0);
                    answers.add(image + ": " + classes.get(likeliest(model.probabilities(batch))));
                }
            }
        }
        return answers;
    }

    private static int likeliest(float[] probabilities) {
        int best = 0;
        for (int label = 1; label < probabilities.length; label++) {
            best = probabilities[label] > probabilities[best] ? label : best;
        }
        return best;
    }
}
