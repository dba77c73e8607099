package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.Slice;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What a layer's forward pass can use: its parameters and state, the mode, and random numbers of its own. A context
 * serves one pass.
 */
public final class Context {
    private final Device device;
    private final Map<String, Value> parameters;
    private final boolean training;
    private final long seed;
    private final long step;
    private final String path;
    private final Function<Shape, Slice> slices;
    private final Map<String, Value> stateUpdates;
    private final Set<String> constants;
    private final Uses uses;

    /** What the layers of a pass have asked for. */
    private static final class Uses {
        private boolean random;
        private boolean mode;
    }

    private Context(
            Device device,
            Map<String, Value> parameters,
            boolean training,
            long seed,
            long step,
            String path,
            Function<Shape, Slice> slices,
            Map<String, Value> stateUpdates,
            Set<String> constants,
            Uses uses) {
        this.device = device;
        this.parameters = parameters;
        this.training = training;
        this.seed = seed;
        this.step = step;
        this.path = path;
        this.slices = slices;
        this.stateUpdates = stateUpdates;
        this.constants = constants;
        this.uses = uses;
    }

    /** A training pass: dropout draws the masks of {@code seed} and {@code step}; parameters are on the tape. */
    public static Context training(Device device, Map<String, Value> parameters, long seed, long step) {
        return new Context(
                device, parameters, true, seed, step, "", Slice::all, new LinkedHashMap<>(), Set.of(), new Uses());
    }

    /** An inference pass with the given parameters. */
    public static Context inference(Device device, Map<String, Value> parameters) {
        return new Context(
                device, parameters, false, 0, 0, "", Slice::all, new LinkedHashMap<>(), Set.of(), new Uses());
    }

    /** An inference pass with parameters of unspecified contents, allocated in the open scope; for dry runs. */
    public static Context inference(Device device, List<ParameterSpec> specs) {
        Map<String, Value> values = new HashMap<>();
        specs.forEach(spec -> values.put(spec.name(), Value.constant(device.allocate(spec.shape()))));
        return inference(device, values);
    }

    /** The device that the pass runs on. */
    public Device device() {
        return device;
    }

    /** Whether this is a training pass. */
    public boolean isTraining() {
        uses.mode = true;
        return training;
    }

    /** The layer's parameter of this name. */
    public Value parameter(String name) {
        String full = nested(name);
        Value value = parameters.get(full);
        if (value == null) {
            throw TandemException.argument(
                    "parameter",
                    "unknown name",
                    full,
                    "one of " + parameters.keySet(),
                    "Declare it in the layer's parameters(Shape)");
        }
        return value;
    }

    /** The layer's state of this name, a constant: in training, its value before this step. */
    public Value state(String name) {
        return Value.constant(parameter(name).tensor());
    }

    /**
     * Replaces a state when the training step is done. If several devices compute the layer for parts of the batch, the
     * mean of their values replaces it.
     *
     * @param value of the state's shape
     * @throws TandemException in inference, which changes nothing
     */
    public void updateState(String name, Value value) {
        Value before = parameter(name);
        if (!training || !before.shape().equals(value.shape())) {
            throw TandemException.argument(
                    "update state " + nested(name),
                    training ? "another shape" : "not a training pass",
                    training ? value.shape() : "inference",
                    training ? before.shape() : "a context whose isTraining() is true",
                    "");
        }
        stateUpdates.put(nested(name), Value.constant(value.tensor()));
    }

    /** The new values of the states that this pass has replaced, by full name. */
    public Map<String, Value> stateUpdates() {
        return Collections.unmodifiableMap(stateUpdates);
    }

    /** The key of this layer's random numbers in this step; all that is random in a layer comes from it. */
    public RandomKey randomKey(RandomKey.Purpose purpose) {
        uses.random = true;
        return new RandomKey(seed, purpose, step, RandomKey.stream(path));
    }

    /** Whether a layer of this pass has asked if it is a training pass. */
    public boolean isModeUsed() {
        return uses.mode;
    }

    /** Whether this pass has asked for random numbers. */
    public boolean isRandom() {
        return uses.random;
    }

    /** The range of the whole tensor that a tensor of shape {@code local} on this device is. */
    public Slice slice(Shape local) {
        return slices.apply(local);
    }

    /** Whether the optimizer changes the layer's parameter of this name: whether it is no constant. */
    public boolean isTrained(String name) {
        return !constants.contains(nested(name));
    }

    /** This context, the parameters of these full names being constants. */
    public Context withConstants(Set<String> names) {
        return new Context(
                device, parameters, training, seed, step, path, slices, stateUpdates, Set.copyOf(names), uses);
    }

    /** This context for a device that has a shard of each tensor; {@code slices} finds its range from its shape. */
    public Context onShard(Function<Shape, Slice> slices) {
        return new Context(device, parameters, training, seed, step, path, slices, stateUpdates, constants, uses);
    }

    /** The context of the layer called {@code name} inside this one. */
    public Context within(String name) {
        return new Context(
                device, parameters, training, seed, step, nested(name), slices, stateUpdates, constants, uses);
    }

    private String nested(String name) {
        return new ParameterName(path, name).toString();
    }
}
