package dev.tandem.nn.train;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.recipe.Training;
import dev.tandem.spi.Device;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A model in the memory of one device or several. Its callers (a trainer, a checkpoint, a picture) do not depend on how
 * it is placed: they read and write whole parameters, row-major.
 */
public interface PlacedModel extends AutoCloseable {
    /** The whole parameters, in the network's order. */
    List<ParameterSpec> parameters();

    /** What it is trained with; null if it was placed for inference. */
    @Nullable
    Training training();

    /**
     * Begins to copy the inputs of {@code batch} to the devices while these compute, for the next call that takes this
     * batch; the batch must not be changed before that. It is a hint: any method takes batches that were not prefetched,
     * and one that was need not be used.
     *
     * @return whether copies are under way: false, by default, if the inputs are copied when they are needed
     */
    default boolean prefetch(HostBatch batch) {
        return false;
    }

    /**
     * One step of training on a full batch, with the gradients of those {@linkplain #accumulate accumulated} since the
     * last; may return before the devices are done.
     */
    void step(HostBatch batch, StepSettings settings);

    /**
     * Computes the gradients of a full batch for the next step, which takes the mean over its batches. Checkpoints do
     * not hold them. States, such as the running statistics of batch normalization, move with each batch; its gradients
     * are those of the batch's own statistics.
     */
    void accumulate(HostBatch batch, StepSettings settings);

    /**
     * The gradients of a full batch, which change nothing here: {@link #update} takes their mean over several batches, or
     * their sum over the parts of one, each weighted by its share.
     *
     * @param factored trained weights of fully-connected layers whose gradients may be left as factors
     */
    HostGradients gradients(HostBatch batch, StepSettings settings, Set<String> factored);

    /** Updates the parameters by these gradients, after clipping, and replaces states, as {@link #step} does. */
    void update(HostGradients gradients, StepSettings settings);

    /**
     * Whether the run can be interrupted now, so that a checkpoint continues it exactly: false while steps are under way
     * that only count together.
     */
    default boolean isResumable() {
        return true;
    }

    /**
     * The training losses since the last call; waits for the devices. Steps that are under way together with later ones
     * are not among them yet.
     */
    LossSum takeLoss();

    /** The softmax outputs of a batch, {@code rows x classes}, row-major. */
    default float[] probabilities(HostBatch batch) {
        return predictions(batch, CrossEntropy.plain());
    }

    /** What a network that was trained with {@code loss} predicts for a batch, row-major: {@link Loss#prediction}. */
    float[] predictions(HostBatch batch, Loss loss);

    /** As {@link #predictions}, with the loss of each row, which is as in inference: without dropout. */
    Outcome evaluate(HostBatch batch, Loss loss);

    /**
     * What a layer makes of a batch in inference, {@code rows x elements}, row-major: without the activation behind it,
     * which is a layer of its own.
     *
     * @throws dev.tandem.spi.TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if the network has no
     *     layer called {@code layer}
     */
    float[] features(HostBatch batch, String layer);

    /**
     * The gradient of each row's score with respect to a layer's output, as {@link #features} has it, or to an input of
     * the network, in inference: dropout draws nothing. The score is one number of the row's first output, before the
     * loss makes a prediction of it: of class scores, before softmax. Nothing before the layer is computed backward, and
     * no gradient of a parameter.
     *
     * @param layer a layer, or an input such as {@link dev.tandem.nn.layer.Network#INPUT}
     * @param labels for each of the batch's {@link HostBatch#rows() rows with data}, the position of the score in its
     *     first output: the class
     * @return {@code rows x elements}, row-major; 0 for rows without data
     * @throws dev.tandem.spi.TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if the network has no
     *     such layer, if the score does not depend on it, or if {@code labels} are not a class for each row
     */
    float[] gradient(HostBatch batch, String layer, int[] labels);

    /** The dead and saturated units of each layer with an activation, over {@code batch}, by the layer's name. */
    Map<String, ActivationHealth> activations(HostBatch batch);

    /**
     * The Euclidean length of the gradient with respect to each trained parameter in a training step, which is not
     * applied. It is here because gradients exist only during a step: it shows whether they vanish on the way to the first layers.
     */
    Map<String, Double> gradientNorms(HostBatch batch, StepSettings settings);

    /** The Euclidean length of a parameter. */
    double norm(String parameter);

    /**
     * The names of what is kept for each parameter that {@linkplain ParameterSpec#isTrained is trained}:
     * {@link Training#state}; none if the model was placed for inference.
     */
    List<String> state();

    /** The Euclidean length of what {@link #state} calls {@code state} of a trained parameter. */
    double stateNorm(String state, String parameter);

    /** A parameter's elements, row-major. */
    float[] read(String parameter);

    /** Replaces a parameter. */
    void write(String parameter, float[] values);

    /** What {@link #state} calls {@code state} of a trained parameter, row-major. */
    float[] readState(String state, String parameter);

    /** Replaces what {@link #state} calls {@code state} of a trained parameter. */
    void writeState(String state, String parameter, float[] values);

    /** The devices of this process whose memory the model is in. */
    List<Device> devices();

    /** What computes, for people, a line each: by default the devices. */
    default List<String> computingOn() {
        return devices().stream()
                .map(device -> device.id() + ", " + device.description())
                .toList();
    }

    /** Begins to measure what computes: given the seconds since, the result says what each did in them. */
    default DoubleFunction<List<DeviceUse>> measureUse() {
        return DeviceUse.measure(devices());
    }

    /** Sets every parameter to its initial values for {@code seed}. */
    default void initialize(long seed) {
        for (ParameterSpec spec : parameters()) {
            write(spec.name(), spec.initialValues(seed));
        }
    }

    @Override
    void close();
}
