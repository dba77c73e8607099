package dev.tandem.run.tensorboard;

import dev.tandem.nn.file.ProtoMessage;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.picture.KernelPicture;
import dev.tandem.spi.op.UnaryFunction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a run for TensorBoard as it goes. All is given by step. Each epoch has its figures, and a histogram of each
 * trained parameter; the kernels are drawn before the first epoch and after epochs 1, 2, 4, 8 and so on and the last.
 * A run must not be lost for it: what cannot be written is a warning, and figures are written with the next epoch.
 */
public final class TensorBoardEvents implements TrainingListener {
    private static final Logger LOG = LoggerFactory.getLogger(TensorBoardEvents.class);

    private final Path folder;
    private final Recipe recipe;
    private final String settings;
    private final Map<String, UnaryFunction> functions;
    private final EventFile file;
    private final WeightHistogram histogram = new WeightHistogram();
    private long start;
    private boolean started;
    private int epochsWritten;
    private String warning = "";

    /**
     * Events in {@code folder}, which is made, of a run of {@code recipe}.
     *
     * @param settings the run's, in lines
     */
    public TensorBoardEvents(Path folder, Recipe recipe, String settings) {
        this.folder = folder;
        this.recipe = recipe;
        this.settings = settings;
        this.functions = recipe.network().steps().stream().collect(Collectors.toMap(Step::name, Step::function));
        this.file = new EventFile(folder);
    }

    /**
     * The run begins at {@code state}, or goes on from there. What another process has written of this step and later
     * ones no longer counts; the figures of earlier epochs are written if no process has.
     */
    public void begin(TrainingState state, PlacedModel model) {
        start = state.step();
        write(state, model);
    }

    @Override
    public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
        write(state, model);
    }

    private void write(TrainingState state, PlacedModel model) {
        try {
            List<ProtoMessage> events = new ArrayList<>();
            if (!started) {
                epochsWritten = file.isFirst() ? 0 : epochsBefore(start, state);
                events.add(Events.start(start));
                events.add(Events.summary(start, texts()));
            }
            List<EpochRecord> history = state.history();
            for (EpochRecord epoch : history.subList(epochsWritten, history.size())) {
                events.add(Events.summary(epoch.step(), Events.scalars(figures(epoch))));
            }
            // Of earlier epochs the weights are gone.
            boolean isOfWeights = history.isEmpty()
                    ? state.step() == 0
                    : history.get(history.size() - 1).step() == state.step();
            if (isOfWeights) {
                events.add(Events.summary(state.step(), weights(state, model)));
            }
            file.append(events);
            started = true;
            epochsWritten = history.size();
        } catch (IOException | RuntimeException | LinkageError | OutOfMemoryError | InternalError e) {
            warn("TensorBoard's events of epoch " + state.epoch() + " are missing, and the run goes on", e);
        }
    }

    /** The same at every epoch is said once. */
    private void warn(String missing, Throwable cause) {
        if (!warning.equals(cause.toString())) {
            warning = cause.toString();
            LOG.warn("{}: {}: {}", folder, missing, warning);
        }
    }

    private static int epochsBefore(long step, TrainingState state) {
        return (int)
                state.history().stream().takeWhile(epoch -> epoch.step() < step).count();
    }

    private Map<String, Double> figures(EpochRecord epoch) {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("loss/training", epoch.trainingLoss());
        figures.put("loss/validation", epoch.validationLoss());
        figures.put("error/top-1", epoch.top1Error());
        figures.put("error/top-5", epoch.top5Error());
        epoch.metrics().forEach((name, value) -> {
            if (!name.equals(Recipe.LOSS)) {
                figures.put("metric/" + name, value);
            }
        });
        figures.put("training/learning-rate", epoch.learningRate());
        figures.put("speed/images-per-second", epoch.imagesPerSecond());
        figures.put("speed/data-wait-share", epoch.dataWaitShare());
        figures.put("speed/seconds", epoch.seconds());
        if (epoch.health() != null) {
            epoch.health().activations().forEach((layer, units) -> {
                UnaryFunction function = functions.get(layer);
                boolean saturates = function == UnaryFunction.TANH || function == UnaryFunction.SIGMOID;
                figures.put("units-dead/" + layer, function == UnaryFunction.RELU ? units.deadShare() : null);
                figures.put("units-saturated/" + layer, saturates ? units.saturatedShare() : null);
            });
            epoch.health().updateRatios().forEach((name, ratio) -> figures.put("update-ratio/" + name, ratio));
        }
        figures.values().removeIf(value -> value == null);
        return figures;
    }

    private ProtoMessage weights(TrainingState state, PlacedModel model) throws IOException {
        ProtoMessage summary = new ProtoMessage();
        for (ParameterSpec parameter : model.parameters()) {
            if (parameter.isTrained()) {
                histogram.count(model.read(parameter.name()));
                if (!histogram.isEmpty()) {
                    Events.addHistogram(summary, "weights/" + parameter.name(), histogram.message());
                }
            }
        }
        boolean isPowerOfTwo = Integer.bitCount(state.epoch()) <= 1;
        if ((isPowerOfTwo || state.epoch() >= recipe.epochs()) && KernelPicture.isPossible(model)) {
            addKernels(summary, model);
        }
        return summary;
    }

    /** What cannot be drawn, as on a machine without a graphics library, takes nothing else with it. */
    private void addKernels(ProtoMessage summary, PlacedModel model) throws IOException {
        try {
            String layer = ParameterName.parse(model.parameters().get(0).name()).layer();
            Events.addImage(summary, "kernels/" + layer, KernelPicture.draw(recipe.network(), model));
        } catch (RuntimeException | LinkageError | OutOfMemoryError | InternalError e) {
            warn("the picture of the first kernels is missing", e);
        }
    }

    private ProtoMessage texts() {
        ProtoMessage summary = new ProtoMessage();
        Events.addText(summary, "run/recipe", code("""
                recipe     %s
                classes    %,d
                epochs     %,d
                batch      %,d
                accumulate %,d
                rate       %s
                loss       %s
                optimizer  %s
                clip-norm  %s
                average    %s
                """.formatted(
                        recipe.name(),
                        recipe.classes(),
                        recipe.epochs(),
                        recipe.batch(),
                        recipe.accumulate(),
                        recipe.schedule().nominalRate(),
                        recipe.training().loss(),
                        recipe.training().optimizer(),
                        recipe.training().clipNorm(),
                        recipe.training().averageDecay())));
        Events.addText(summary, "run/settings", code(settings));
        return summary;
    }

    /** Lines that Markdown leaves as they are. */
    private static String code(String text) {
        return text.lines().map(line -> "    " + line).collect(Collectors.joining("\n"));
    }
}
