package dev.tandem.paper.figure1;

import dev.tandem.paper.figure1.Figure1Result.OfFunction;
import dev.tandem.paper.figure1.Figure1Result.Ratio;
import dev.tandem.paper.picture.ExperimentPicture;
import dev.tandem.paper.picture.LineChart;
import dev.tandem.paper.picture.Palette;
import java.awt.image.BufferedImage;
import java.util.Locale;
import java.util.stream.Collectors;

/** Figure 1 as the paper draws it: training error against epochs, ReLU solid, tanh dashed, sigmoid dotted. */
final class Figure1Picture {
    private static final int HEIGHT = 520;

    private Figure1Picture() {}

    static BufferedImage draw(Figure1Result result) {
        int last = (int) result.functions().stream()
                .map(OfFunction::shown)
                .filter(trial -> trial != null)
                .mapToInt(trial -> trial.trainingErrors().size())
                .max()
                .orElse(1);
        double chance = 100 * (1 - 1.0 / result.classes());
        LineChart chart = new LineChart(
                        HEIGHT, "Each function at its own best learning rate", "epochs", "training error, %")
                .x(0, Math.max(1, last))
                .y(0, chance);
        double goal = 100 * result.goal();
        chart.curve(
                percent(result.goal()) + " % error", new double[] {0, last}, new double[] {goal, goal}, Palette.GREY);
        for (OfFunction one : result.functions()) {
            RateOutcome shown = one.shown();
            if (shown != null && !shown.trainingErrors().isEmpty()) {
                draw(chart, one.function(), shown, result);
            }
        }
        return new ExperimentPicture(
                        "Figure 1: " + result.recipe() + " on " + result.data() + ", without regularization")
                .add(chart.chart(), seen(result))
                .draw();
    }

    private static void draw(LineChart chart, String function, RateOutcome shown, Figure1Result result) {
        int epochs = shown.trainingErrors().size();
        double[] x = new double[epochs + 1];
        double[] y = new double[epochs + 1];
        y[0] = 100 * (1 - 1.0 / result.classes());
        for (int epoch = 1; epoch <= epochs; epoch++) {
            x[epoch] = epoch;
            y[epoch] = 100 * shown.trainingErrors().get(epoch - 1);
        }
        Palette style = style(function);
        chart.curve(function + ", rate " + RateOutcome.text(shown.rate()), x, y, style);
        if (shown.epochsToGoal() != null) {
            chart.marks(
                    function + " reaches the goal",
                    new double[] {shown.epochsToGoal()},
                    new double[] {100 * result.goal()},
                    style);
        }
    }

    private static Palette style(String function) {
        return function.equals(Function.RELU.label())
                ? Palette.BLUE
                : function.equals(Function.TANH.label()) ? Palette.VERMILION : Palette.GREEN;
    }

    private static String seen(Figure1Result result) {
        String reached = result.functions().stream()
                .filter(one -> one.shown() != null)
                .map(one -> one.fastest() != null
                        ? String.format(
                                Locale.ROOT,
                                "%s %.1f epochs",
                                one.function(),
                                one.fastest().epochs())
                        : String.format(
                                Locale.ROOT,
                                "%s has not reached it (%.1f %% at best)",
                                one.function(),
                                100 * one.shown().lowestError()))
                .collect(Collectors.joining(", "));
        String ratios = result.ratios().stream()
                .map(ratio ->
                        String.format(Locale.ROOT, "%s takes %s times as long as ReLU", ratio.function(), times(ratio)))
                .collect(Collectors.joining(", "));
        return "To " + percent(result.goal()) + " % training error: " + reached + "."
                + (ratios.isEmpty() ? "" : " " + ratios + ".");
    }

    private static String times(Ratio ratio) {
        return String.format(Locale.ROOT, ratio.isLeast() ? "more than %.1f" : "%.1f", ratio.times());
    }

    private static String percent(double share) {
        double percent = 100 * share;
        return percent == Math.rint(percent)
                ? String.valueOf((long) percent)
                : String.format(Locale.ROOT, "%.1f", percent);
    }
}
