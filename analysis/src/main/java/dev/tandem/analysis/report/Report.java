package dev.tandem.analysis.report;

import dev.tandem.imagenet.layout.ImageNetClasses;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is in a report on runs, as it is written to JSON. Classes are given by their labels, positions in {@code
 * classes}; shares and errors are 0 to 1. What cannot be had is null or empty, and {@code notes} say why.
 *
 * @param title which runs it is about
 * @param created when it was made, in UTC, ISO 8601
 * @param version of Tandem, such as {@code 0.2.0}
 * @param notes what is missing and why, and what the figures depend on: a line each, for people
 * @param runs the runs; the first is the one that was evaluated
 * @param evaluation how the first run's model did; null if it was not evaluated
 * @param classes of the first run, by label
 * @param confusion the images by label and prediction; null without an evaluation
 * @param pairs the most frequent confusions, the most frequent first
 * @param perClass the error of each class, by label
 * @param calibration how far probabilities can be trusted; null if they are none, or without an evaluation
 * @param mistakes images that were not recognised, the surest predictions first
 * @param hardest images whose class got the least probability, others than the mistakes
 * @param nearest images with the training images whose features are nearest to theirs
 * @param kernels of the first layer; null if it has none that can be looked at
 * @param layers what each layer costs and how large its weights are
 * @param memory what a training step takes; null if it cannot be forecast
 */
public record Report(
        String title,
        String created,
        String version,
        List<String> notes,
        List<RunFacts> runs,
        @Nullable EvaluationFacts evaluation,
        List<ClassName> classes,
        @Nullable ConfusionTable confusion,
        List<ConfusionTable.Pair> pairs,
        List<ConfusionTable.ClassError> perClass,
        @Nullable Calibration calibration,
        List<ImageRow> mistakes,
        List<ImageRow> hardest,
        List<NearestRow> nearest,
        @Nullable KernelHistory kernels,
        List<LayerFacts> layers,
        @Nullable MemoryFacts memory) {
    /**
     * A class.
     *
     * @param name its name, which is that of its folder
     * @param words what an ImageNet class is in words; null for another
     */
    public record ClassName(String name, @Nullable String words) {
        static ClassName of(String name) {
            return new ClassName(name, ImageNetClasses.words(name).orElse(null));
        }
    }

    /**
     * How well the first run's model does.
     *
     * @param run the run's name
     * @param checkpoint the name of the checkpoint's file
     * @param epoch finished epochs of the checkpoint
     * @param data the folder that the images are of
     * @param split {@code val} or {@code test}
     * @param images how many were evaluated
     * @param views crops of each
     * @param top1Error share whose class is not the likeliest
     * @param top5Error share whose class is not among the five likeliest; null with five classes or fewer
     * @param logLoss mean of -log of the probability of the image's class; null if predictions are no probabilities
     */
    public record EvaluationFacts(
            String run,
            String checkpoint,
            int epoch,
            String data,
            String split,
            int images,
            int views,
            double top1Error,
            @Nullable Double top5Error,
            @Nullable Double logLoss) {}
}
