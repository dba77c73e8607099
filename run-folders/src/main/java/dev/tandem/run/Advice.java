package dev.tandem.run;

import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.Health;
import dev.tandem.nn.train.TrainingState;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/** What to do about what is wrong with a run: settings that the recipe in use has, with values to try. */
final class Advice {
    /** What the authors' program has in its upper convolutions, and recipe small, too: with less they do not start. */
    private static final double WIDER = 0.03;

    private final Recipe recipe;

    /** Advice on runs by {@code recipe}. */
    Advice(Recipe recipe) {
        this.recipe = recipe;
    }

    /** What to do about {@code finding} in a run that stands at {@code state}. */
    String on(Health.Finding finding, TrainingState state) {
        double rate = state.history().get(state.history().size() - 1).learningRate();
        return switch (finding.trouble()) {
            case AT_CHANCE -> atChance(state);
            case DEAD_UNITS ->
                lower(rate) + (biasesBeginAtOne() ? "" : "; or begin a new run with -D tandem.init.bias=1");
            case SATURATED -> "Begin a new run with smaller weights, -D tandem.init.weights=" + number(smaller());
            case LARGE_UPDATE -> lower(rate);
        };
    }

    private String atChance(TrainingState state) {
        double rate = recipe.schedule().nominalRate();
        String batch = recipe.batch() < 2
                ? ""
                : String.format(
                        Locale.ROOT,
                        "; --batch %d for more steps an epoch (now %d)",
                        recipe.batch() / 2,
                        recipe.batch());
        return String.format(
                Locale.ROOT,
                "Go on for more epochs if the loss still falls in log.jsonl. Otherwise begin a new run with one of these:"
                        + " -D tandem.init.weights=%s%s; -D tandem.train.learning-rate=%s or %s (now %s); --seed %d",
                widerWeights(rate),
                batch,
                number(rate / 2),
                number(rate * 2),
                number(rate),
                state.seed() + 1);
    }

    private static String lower(double rate) {
        return "Lower the learning rate: ./tandem rate --run DIR " + number(rate / 2) + " for this run (now "
                + number(rate) + "), or -D tandem.train.learning-rate for a new one";
    }

    /** Weights to try at chance: wider ones than the recipe's, or if they are wide, by fan-in. */
    private String widerWeights(double rate) {
        boolean narrow = initializers()
                .anyMatch(weights -> weights.kind() == Initializer.Kind.GAUSSIAN && weights.value() < WIDER);
        // Weights by fan-in are wide for inputs of 0 to 255: units die at the rate that suits the others.
        String byFanIn = "he with -D tandem.train.learning-rate=" + number(rate / 10);
        return narrow ? number(WIDER) + "; the same setting as " + byFanIn : byFanIn;
    }

    private double smaller() {
        return initializers()
                        .filter(weights -> weights.kind() == Initializer.Kind.GAUSSIAN)
                        .mapToDouble(Initializer::value)
                        .min()
                        .orElse(0.01)
                / 2;
    }

    private Stream<Initializer> initializers() {
        return recipe.network().layers().values().stream()
                .map(layer -> layer instanceof Convolution convolution
                        ? convolution.weights()
                        : layer instanceof Linear linear ? linear.weights() : null)
                .filter(Objects::nonNull);
    }

    private boolean biasesBeginAtOne() {
        return recipe.network().layers().values().stream()
                .filter(Convolution.class::isInstance)
                .map(layer -> ((Convolution) layer).bias())
                .allMatch(bias -> bias != null && bias.kind() == Initializer.Kind.CONSTANT && bias.value() >= 1);
    }

    /** With two digits that count. */
    private static String number(double value) {
        return new BigDecimal(value)
                .round(new MathContext(2))
                .stripTrailingZeros()
                .toPlainString();
    }
}
