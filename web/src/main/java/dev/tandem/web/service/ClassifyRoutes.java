package dev.tandem.web.service;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tandem.imagenet.layout.ImageNetClasses;
import dev.tandem.nn.data.Views;
import dev.tandem.runtime.Prediction;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** What a net says of images: its classes and its features. */
public final class ClassifyRoutes {
    private static final int USUAL_TOP = 5;
    private static final int MOST_NUMBERS = 2_000_000;
    private static final int BAD_REQUEST = 400;

    private ClassifyRoutes() {}

    /** A class that an image may be of; {@code words} say what a name of ImageNet's means, and are null for others. */
    private record Named(@JsonProperty("class") String name, String words, int label, double probability) {
        static Named of(Prediction one) {
            return new Named(
                    one.name(), ImageNetClasses.words(one.name()).orElse(null), one.label(), one.probability());
        }
    }

    /** An image, with either predictions or an error. */
    private record Classified(String name, List<Named> predictions, String error) {}

    /** {@code error} is that of the first image if none could be used. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record ClassifyAnswer(List<Classified> images, String error) {}

    private record Featured(String name, float[] features, String error) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record FeaturesAnswer(String layer, List<Integer> shape, List<Featured> images, String error) {}

    private record Model(
            String name, String recipe, List<String> classes, List<String> layers, List<Integer> input, int views) {}

    static void addTo(RoutesConfig routes, ServedNet net) {
        routes.post("/classify", request -> {
            RequestImages.requireKnown(request, Set.of("top", "views"));
            classify(request, net);
        });
        routes.post("/features/{layer}", request -> features(request, net));
        routes.get(
                "/api/model",
                request -> request.json(new Model(
                        net.name(),
                        net.classifier().recipe().name(),
                        net.classifier().classNames(),
                        net.layers(),
                        net.input(),
                        net.views().count())));
    }

    /**
     * Answers a request whose body is an image, or a form of several, with the likeliest classes of each: {@code top}
     * of them, by {@code views} crops.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#BUSY}) at once if too many wait
     */
    public static void classify(Context request, ServedNet net) {
        int top = top(request);
        Views views = views(request, net.views());
        RequestImages images = RequestImages.of(request);
        List<CompletableFuture<List<Prediction>>> answers =
                net.classifier().withViews(views).classifyAsync(images.files(), top);
        LaterAnswers.answer(request, answers, () -> {
            List<Classified> all = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                String error = LaterAnswers.misuse(answers.get(i));
                List<Named> named = error != null
                        ? null
                        : answers.get(i).join().stream().map(Named::of).toList();
                all.add(new Classified(images.names().get(i), named, error));
            }
            String error = errorOfAll(all.stream().map(Classified::error).toList());
            request.status(error == null ? 200 : BAD_REQUEST).json(new ClassifyAnswer(all, error));
        });
    }

    private static void features(Context request, ServedNet net) {
        RequestImages.requireKnown(request, Set.of());
        String layer = request.pathParam("layer");
        Shape shape = net.layerShape(layer);
        RequestImages images = RequestImages.of(request);
        long numbers = (long) shape.arrayLength() * images.files().size();
        if (numbers > MOST_NUMBERS) {
            throw TandemException.argument(
                    "features",
                    "too many numbers for one answer",
                    numbers,
                    "at most " + MOST_NUMBERS,
                    "Send fewer images at once");
        }
        List<CompletableFuture<float[]>> answers = net.classifier().featuresAsync(layer, images.files());
        LaterAnswers.answer(request, answers, () -> {
            List<Featured> all = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                String error = LaterAnswers.misuse(answers.get(i));
                all.add(new Featured(
                        images.names().get(i), error == null ? answers.get(i).join() : null, error));
            }
            String error = errorOfAll(all.stream().map(Featured::error).toList());
            request.status(error == null ? 200 : BAD_REQUEST)
                    .json(new FeaturesAnswer(layer, ServedNet.extents(shape), all, error));
        });
    }

    private static String errorOfAll(List<String> errors) {
        return errors.stream().allMatch(Objects::nonNull) ? errors.get(0) : null;
    }

    private static Views views(Context request, Views usual) {
        String text = request.queryParam("views");
        return text == null ? usual : Views.of("views", text);
    }

    /** More than there are is all. */
    private static int top(Context request) {
        String text = request.queryParam("top");
        if (text == null) {
            return USUAL_TOP;
        }
        if (!text.matches("[1-9][0-9]{0,8}")) {
            throw TandemException.argument("top", "no such number of classes", text, "1 or more", "");
        }
        return Integer.parseInt(text);
    }
}
