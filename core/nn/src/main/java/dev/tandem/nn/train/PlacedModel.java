package dev.tandem.nn.train;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.Device;
import java.util.List;
import java.util.Map;

/**
 * A model whose tensors have been given their places on one device or several. Everything crosses this wall in host
 * order, so that a trainer, a checkpoint or a picture does not know where the model lives.
 */
public interface PlacedModel extends AutoCloseable {
    /** The whole parameters, in the network's order. */
    List<ParameterSpec> parameters();

    /** One step of training on a full batch; may return before the devices are done. */
    void step(HostBatch batch, StepSettings settings);

    /** The training losses since the last call; waits for the devices. */
    LossSum takeLoss();

    /** The softmax outputs of a batch, {@code rows x classes}, row-major. */
    float[] probabilities(HostBatch batch);

    /** How the activations of each layer stand when {@code batch} is evaluated, by the layer's name. */
    Map<String, ActivationHealth> activations(HostBatch batch);

    /** The Euclidean length of the gradient by each parameter, in a training step that changes nothing. */
    Map<String, Double> gradientNorms(HostBatch batch, StepSettings settings);

    /** The Euclidean length of a parameter. */
    double norm(String parameter);

    /** The Euclidean length of a parameter's velocity. */
    double velocityNorm(String parameter);

    /** A parameter's elements, row-major. */
    float[] read(String parameter);

    /** Replaces a parameter. */
    void write(String parameter, float[] values);

    /** A parameter's velocity, row-major. */
    float[] readVelocity(String parameter);

    /** Replaces a parameter's velocity. */
    void writeVelocity(String parameter, float[] values);

    /** The devices that the model lives on. */
    List<Device> devices();

    /** Sets every parameter to its initial values for {@code seed}. */
    default void initialize(long seed) {
        for (ParameterSpec spec : parameters()) {
            write(spec.name(), spec.initialValues(seed));
        }
    }

    @Override
    void close();
}
