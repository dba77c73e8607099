package dev.tandem.paper.tour;

import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.Moment;
import dev.tandem.nn.schedule.OnPlateau;
import dev.tandem.paper.picture.ExperimentPicture;
import dev.tandem.paper.picture.LineChart;
import dev.tandem.paper.picture.Palette;
import java.awt.image.BufferedImage;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The learning rate of a recipe over its epochs (paper, section 5), with the rest of its updates in words.
 *
 * @param recipe its name
 * @param epochs how many it has, as they may be fractions
 * @param rates the rate at each of them
 * @param update momentum and decay in words
 */
public record LearningRateCurve(String recipe, List<Double> epochs, List<Double> rates, String update) {
    private static final int PARTS = 20;
    private static final int HEIGHT = 420;
    private static final double WIDE = 5;
    /** How often a rate falls that waits for the validation error to stand still, as the curve shows it. */
    private static final int PLATEAUS = 3;

    private static final double FALL = 0.99;

    /** The curve of {@code recipe}. */
    public static LearningRateCurve of(Recipe recipe) {
        List<Double> epochs = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        for (int epoch = 0; epoch < recipe.epochs(); epoch++) {
            for (int part = 0; part < PARTS; part++) {
                Moment at = new Moment(epoch, recipe.epochs(), part, PARTS, errors(recipe, epoch));
                epochs.add(at.epochsDone());
                rates.add(recipe.schedule().learningRate(at));
            }
        }
        return new LearningRateCurve(recipe.name(), epochs, rates, update(recipe));
    }

    /** Validation errors that fall, but stand still at the end of each of the first quarters. */
    private static List<Double> errors(Recipe recipe, int epoch) {
        int patience = recipe.schedule() instanceof OnPlateau plateau ? plateau.patience() : 0;
        int quarter = Math.max(patience + 1, recipe.epochs() / (PLATEAUS + 1));
        List<Double> errors = new ArrayList<>();
        double error = 1;
        for (int done = 0; done < epoch; done++) {
            boolean isStill = done / quarter < PLATEAUS && done % quarter >= quarter - patience;
            error = isStill ? error : error * FALL;
            errors.add(error);
        }
        return errors;
    }

    private static String update(Recipe recipe) {
        StringBuilder text = new StringBuilder();
        if (recipe.training().optimizer() instanceof Sgd sgd) {
            text.append(String.format(
                    Locale.ROOT,
                    "Each step keeps %s of the velocity of the step before (momentum) and moves the weights by the new velocity."
                            + " ",
                    sgd.momentum()));
            text.append(decay(recipe, sgd.weightDecay()));
        } else {
            text.append("The optimizer is ")
                    .append(recipe.training().optimizer())
                    .append('.');
        }
        if (recipe.schedule() instanceof OnPlateau plateau) {
            text.append(String.format(
                    Locale.ROOT,
                    " The rate falls when the validation error has not fallen for %d epochs: here it stands still %d times.",
                    plateau.patience(),
                    PLATEAUS));
        }
        return text.toString();
    }

    private static String decay(Recipe recipe, double decay) {
        Map<String, Double> byLayer = new LinkedHashMap<>();
        for (ParameterSpec spec : recipe.network().parameters(recipe.inputs(1))) {
            ParameterName name = ParameterName.parse(spec.name());
            if (name.isWeight()) {
                byLayer.put(name.layer(), decay * spec.initializer().weightDecayMultiplier());
            }
        }
        Set<Double> different = new TreeSet<>(byLayer.values());
        if (different.equals(Set.of(0.0))) {
            return "There is no weight decay.";
        }
        String each = "Weight decay: each step takes so many times the learning rate of every weight: ";
        return each
                + (different.size() == 1
                        ? plain(different.iterator().next())
                        : byLayer.entrySet().stream()
                                .map(layer -> layer.getKey() + " " + plain(layer.getValue()))
                                .collect(Collectors.joining(", ")))
                + ".";
    }

    private static String plain(double number) {
        return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }

    /** The curve, on a logarithmic axis if the rate changes by much. */
    public BufferedImage picture() {
        double least = rates.stream()
                .filter(rate -> rate > 0)
                .mapToDouble(rate -> rate)
                .min()
                .orElse(1);
        double most = rates.stream().mapToDouble(rate -> rate).max().orElse(1);
        boolean isWide = most > WIDE * least;
        double[] values =
                rates.stream().mapToDouble(rate -> Math.max(rate, least)).toArray();
        LineChart chart = new LineChart(HEIGHT, "Recipe " + recipe, "epoch", "learning rate")
                .x(0, Math.ceil(epochs.get(epochs.size() - 1)));
        if (isWide) {
            chart.logarithmic().y(least / 2, most * 2);
        } else {
            chart.y(0, most * 1.2);
        }
        chart.curve("learning rate", epochs.stream().mapToDouble(epoch -> epoch).toArray(), values, Palette.BLUE);
        return new ExperimentPicture("The learning rate over training")
                .add(
                        chart.chart(),
                        String.format(
                                Locale.ROOT,
                                "From %s to %s. %s",
                                plain(rates.get(0)),
                                plain(rates.get(rates.size() - 1)),
                                update))
                .draw();
    }
}
