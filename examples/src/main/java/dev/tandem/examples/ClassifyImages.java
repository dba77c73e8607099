package dev.tandem.examples;

import dev.tandem.runtime.Tandem;
import java.nio.file.Path;
import java.util.List;

/** Names the likeliest class of images, by what {@link TrainInFortyLines} has left: {@code CHECKPOINT IMAGE...}. */
public final class ClassifyImages {
    public static void main(String[] args) {
        List<Path> images = List.of(args).stream().skip(1).map(Path::of).toList();
        List<String> answers = classify("tandem.backend = cpu", Path.of(args[0]), images);
        for (int i = 0; i < images.size(); i++) {
            System.out.println(images.get(i) + ": " + answers.get(i));
        }
    }

    static List<String> classify(String settings, Path checkpoint, List<Path> images) {
        try (var tandem = Tandem.configure(settings);
                var photos = tandem.open(checkpoint)) {
            return photos.classify(images, 1).stream()
                    .map(top -> top.get(0).name())
                    .toList();
        }
    }
}
