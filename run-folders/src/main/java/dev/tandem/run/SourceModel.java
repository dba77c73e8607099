package dev.tandem.run;

import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.checkpoint.TakenWeights;
import dev.tandem.nn.checkpoint.TakenWeights.Extent;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The trained model that a run begins with. */
final class SourceModel implements AutoCloseable {
    private static final int SHOWN_CLASSES = 5;
    /** With fewer images of each class than these, it is said that layers can be frozen. */
    private static final int MANY_A_CLASS = 100;

    private final PretrainedModel model;
    private final ImageInput input;

    private SourceModel(PretrainedModel model, ImageInput input) {
        this.model = model;
        this.input = input;
    }

    /**
     * Opens the model of a run folder or a file.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is none, or takes no photographs
     */
    static SourceModel open(Path from) {
        PretrainedModel model = PretrainedModel.open(from);
        try {
            ImageInput input = model.description()
                    .input()
                    .orElseThrow(() -> TandemException.of(
                            ErrorCode.INVALID_CHECKPOINT,
                            "train on from " + from,
                            "its inputs are no photographs",
                            "a model without a preprocessing",
                            "one that was trained on photographs",
                            "Train it on in a program: TakenWeights.of"));
            return new SourceModel(model, input);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /**
     * What its images were measured by, for images that become inputs by {@code preprocessing}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if its inputs were made otherwise
     */
    TrainingStatistics statistics(Preprocessing preprocessing) {
        Preprocessing theirs = input.preprocessing();
        boolean same = theirs.imageSize() == preprocessing.imageSize()
                && theirs.pixels() == preprocessing.pixels()
                && theirs.channels() == preprocessing.channels();
        if (!same) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "train on from " + model.file(),
                    "its inputs were made otherwise than the recipe's",
                    described(theirs),
                    described(preprocessing),
                    "Leave out what chooses the recipe and its settings, so that they are those of the weights");
        }
        return new TrainingStatistics(input.statistics());
    }

    private static String described(Preprocessing preprocessing) {
        return "squares of " + preprocessing.imageSize() + ", "
                + preprocessing.pixels().name().toLowerCase(Locale.ROOT).replace('_', ' ') + ", "
                + preprocessing.channels() + " channel(s)";
    }

    /**
     * What {@code recipe} takes of it.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if a layer does not fit, or would stay random
     */
    TakenWeights takenBy(Recipe recipe, List<String> classNames) {
        TakenWeights taken = TakenWeights.of(model, recipe, classNames);
        for (TakenWeights.Layer layer : taken.layers()) {
            if (layer.isNewInPart() && layer.parameters().stream().noneMatch(ParameterSpec::isTrained)) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "tandem.train.freeze",
                        "layer " + layer.name() + " would keep its random values, as it is not taken from "
                                + model.file(),
                        "frozen",
                        "trained",
                        "Leave it out of what is frozen");
            }
        }
        return taken;
    }

    /** What is taken and what is trained of it, a line each, for people. */
    List<String> lines(TakenWeights taken, Recipe recipe) {
        List<String> lines = new ArrayList<>();
        lines.add("Weights of " + model.file() + ":");
        int width = taken.layers().stream()
                .mapToInt(layer -> layer.name().length())
                .max()
                .orElse(1);
        for (TakenWeights.Layer layer : taken.layers()) {
            lines.add(("  %-" + width + "s  %s, %s")
                    .formatted(
                            layer.name(),
                            extent(layer, taken.newClasses()),
                            trained(layer, recipe.schedule().nominalRate())));
        }
        if (!taken.unused().isEmpty()) {
            lines.add("  Not used: " + String.join(", ", taken.unused()));
        }
        return lines;
    }

    /**
     * A line on few photographs for many weights, with what may be done; empty if they are many, or layers are frozen.
     *
     * @param images how many are trained on
     */
    static Optional<String> fewImages(TakenWeights taken, int images, int classes) {
        boolean frozen = taken.layers().stream()
                .flatMap(layer -> layer.parameters().stream())
                .anyMatch(spec -> !spec.isTrained() && !spec.isState());
        if (frozen || images >= MANY_A_CLASS * (long) classes) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "Only %,d images of %,d classes: it can be better, and is faster, to freeze what is taken, such as"
                        + " --freeze '%s'; the validation errors tell",
                images,
                classes,
                convolutions(taken)));
    }

    /** A pattern of the convolutions' names, of what they have in common; that of the first layer if that is nothing. */
    private static String convolutions(TakenWeights taken) {
        return taken.layers().stream()
                .filter(layer -> layer.parameters().get(0).shape().rank() > 2)
                .map(TakenWeights.Layer::name)
                .reduce(SourceModel::common)
                .filter(common -> !common.isEmpty())
                .map(common -> common + "*")
                .orElse(taken.layers().get(0).name());
    }

    private static String common(String a, String b) {
        int length = 0;
        while (length < Math.min(a.length(), b.length()) && a.charAt(length) == b.charAt(length)) {
            length++;
        }
        return a.substring(0, length);
    }

    private String extent(TakenWeights.Layer layer, List<String> newClasses) {
        if (layer.extent() != Extent.ROWS) {
            return layer.extent() == Extent.ALL ? "taken" : "new";
        }
        int rows = layer.rows().size();
        int left = model.classNames().size() - (rows - newClasses.size());
        String others = left == 0 ? "" : ", %d other classes left out".formatted(left);
        if (newClasses.isEmpty()) {
            return rows + " classes taken by their names" + others;
        }
        return "%d of %d classes taken by their names%s, new: %s%s"
                .formatted(
                        rows - newClasses.size(),
                        rows,
                        others,
                        newClasses.stream()
                                .limit(SHOWN_CLASSES)
                                .map(EscapedText::visible)
                                .collect(Collectors.joining(", ")),
                        newClasses.size() > SHOWN_CLASSES ? " and others" : "");
    }

    /** The rates at the start of the parameters that are trained; biases may have another than weights. */
    private static String trained(TakenWeights.Layer layer, double rate) {
        String rates = layer.parameters().stream()
                .filter(ParameterSpec::isTrained)
                .map(spec -> String.format(
                        Locale.ROOT, "%.3g", rate * spec.initializer().learningRateMultiplier()))
                .map(text -> text.contains("e") ? text : text.replaceAll("0+$", ""))
                .distinct()
                .collect(Collectors.joining(" and "));
        return rates.isEmpty() ? "frozen" : "learning rate " + rates;
    }

    /** The file that it is in. */
    Path file() {
        return model.file();
    }

    @Override
    public void close() {
        model.close();
    }
}
