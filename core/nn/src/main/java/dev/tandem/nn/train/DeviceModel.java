package dev.tandem.nn.train;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.dryrun.DryRun;
import dev.tandem.spi.op.BinaryFunction;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A network with its parameters and velocities in the memory of one device, and the training step over them. */
public final class DeviceModel implements AutoCloseable {
    private final Layer network;
    private final Device device;
    private final List<ParameterSpec> specs;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final Map<String, Tensor> velocities = new HashMap<>();
    private final Map<String, Value> constants = new HashMap<>();
    private final Tensor lossSum;
    private int losses;

    /** Takes the memory for parameters and, where {@code trainable}, velocities (zeros); parameters are unspecified. */
    public DeviceModel(Layer network, Shape input, Device device, boolean trainable) {
        this.network = network;
        this.device = device;
        this.specs = network.parameters(input);
        for (ParameterSpec spec : specs) {
            Tensor parameter = device.allocate(spec.shape());
            parameters.put(spec.name(), parameter);
            constants.put(spec.name(), Value.constant(parameter));
            if (trainable) {
                velocities.put(spec.name(), device.filled(spec.shape(), 0));
            }
        }
        lossSum = device.filled(Shape.scalar(), 0);
    }

    /** The parameters, in the network's order. */
    public List<ParameterSpec> specs() {
        return specs;
    }

    /** The parameter of this name. */
    public Tensor parameter(String name) {
        return parameters.get(name);
    }

    /** The velocity of this name's parameter. */
    public Tensor velocity(String name) {
        return velocities.get(name);
    }

    /**
     * One step of training: forward, mean cross-entropy, backward, update.
     *
     * @param images {@code (N, C, H, W)}
     * @param labels {@code (N)}
     */
    public void step(Tensor images, Tensor labels, StepSettings settings) {
        Tape tape = new Tape();
        Map<String, Value> variables = new HashMap<>();
        parameters.forEach((name, tensor) -> variables.put(name, tape.variable(tensor)));

        Context context = Context.training(device, variables, settings.seed(), settings.step());
        Value logits = network.forward(Value.constant(images), context);
        Value loss = Functions.crossEntropy(logits, labels).mean();
        tape.backward(loss);
        for (ParameterSpec spec : specs) {
            Value variable = variables.get(spec.name());
            if (variable.hasGradient()) {
                Tensor velocity = velocities.get(spec.name());
                device.updates().sgd(variable.tensor(), velocity, variable.gradient(), settings.update(spec));
            }
        }
        device.elementwise().binaryInPlace(BinaryFunction.ADD, lossSum, loss.tensor());
        losses++;
    }

    /** The sum of the losses of all steps since the last call, and how many they were; waits for the device. */
    public LossSum takeLoss() {
        LossSum taken = new LossSum(lossSum.readScalar(), losses);
        device.elementwise().fill(lossSum, 0);
        losses = 0;
        return taken;
    }

    /** The softmax outputs {@code (N, classes)}, without a tape. */
    public Tensor probabilities(Tensor images) {
        Value logits = network.forward(Value.constant(images), Context.inference(device, constants));
        return device.reductions().softmax(logits.tensor());
    }

    /** The bytes that training at a batch of this {@code input} needs on a device, found by running one step dry. */
    public static long trainingBytes(Layer network, Shape input) {
        DryRun dry = new DryRun();
        try (TensorScope scope = TensorScope.open();
                DeviceModel model = new DeviceModel(network, input, dry.device(), true)) {
            Tensor labels = dry.device().allocate(Shape.of(input.dim(0)), DataType.I32);
            model.step(dry.device().allocate(input), labels, new StepSettings(0, 0, Sgd.paper(), 0.01, Map.of()));
        }
        return dry.peakBytes();
    }

    @Override
    public void close() {
        parameters.values().forEach(Tensor::close);
        velocities.values().forEach(Tensor::close);
        lossSum.close();
    }
}
