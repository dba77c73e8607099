package dev.tandem.cli.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tandem.analysis.explain.Explanation;
import dev.tandem.analysis.explain.Heatmap;
import dev.tandem.imagenet.layout.ImageNetClasses;
import dev.tandem.runtime.Prediction;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last line of {@code explain --json}.
 *
 * @param filters the files with the filters of the layers
 */
record ExplainResult(List<Image> images, List<String> filters) {
    /** {@code words} say what a name of ImageNet's means; absent for others. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Guess(String name, @Nullable String words, double probability) {
        static Guess of(Prediction prediction) {
            String words = ImageNetClasses.words(prediction.name()).orElse(null);
            return new Guess(prediction.name(), words, prediction.probability());
        }
    }

    /** A place in pixels of the centre crop, from its upper left corner, and the map's number there. */
    record At(int x, int y, float value) {
        static At of(Heatmap.Place place) {
            return new At(place.x(), place.y(), place.value());
        }
    }

    /**
     * Grad-CAM.
     *
     * @param greatest where the most evidence is; its value has no unit
     */
    record GradCam(String layer, At greatest) {}

    /**
     * The occlusion map.
     *
     * @param least where the class is least likely while the square is there; its value is the probability
     */
    record Occlusion(int window, int stride, At least) {}

    /**
     * One image; nothing but the error if it is broken.
     *
     * @param ownClass the class that its folder is called after; absent if there is no such class
     * @param explained the class that the maps are of
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Image(
            String file,
            @Nullable String ownClass,
            @Nullable List<Guess> classes,
            @Nullable Guess explained,
            @Nullable GradCam gradCam,
            @Nullable Occlusion occlusion,
            @Nullable List<String> pictures,
            @Nullable String error) {
        static Image of(Path file, Explanation found, List<String> pictures) {
            return new Image(
                    file.toString(),
                    found.own(),
                    found.classes().stream().map(Guess::of).toList(),
                    Guess.of(found.explained()),
                    new GradCam(found.layer(), At.of(found.gradCam().greatest())),
                    new Occlusion(
                            found.occlusion().window(),
                            found.occlusion().stride(),
                            At.of(found.hidden().least())),
                    pictures,
                    null);
        }

        static Image failed(Path file, String error) {
            return new Image(file.toString(), null, null, null, null, null, null, error);
        }
    }
}
