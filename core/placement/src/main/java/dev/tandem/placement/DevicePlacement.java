package dev.tandem.placement;

import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.spi.Device;
import dev.tandem.spi.InputTensor;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A model over a list of devices, of one backend or several, divided by a {@link PlacementTable}.
 *
 * @param devices the devices, each once
 * @param table gives the table for a network
 * @param featureBytes how much of Java's memory a model in training may take to keep the outputs of {@linkplain
 *     FrozenPrefix frozen first layers} of rows that have an identity; 0 for none. On several devices none are kept
 */
public record DevicePlacement(List<Device> devices, Function<Network, PlacementTable> table, long featureBytes)
        implements Placement {
    public DevicePlacement {
        devices = List.copyOf(devices);
        if (devices.isEmpty() || new HashSet<>(devices).size() != devices.size()) {
            throw TandemException.argument(
                    "placement", "no device, or one twice", devices, "one or more different devices", "");
        }
        if (featureBytes < 0) {
            throw TandemException.argument(
                    "placement", "memory for features below zero", featureBytes, "0 or more bytes", "0 keeps none");
        }
    }

    /** A model of which nothing is kept in Java's memory. */
    public DevicePlacement(List<Device> devices, Function<Network, PlacementTable> table) {
        this(devices, table, 0);
    }

    /** The same with so many bytes of Java's memory for the outputs of frozen first layers. */
    public DevicePlacement withFeatureBytes(long bytes) {
        return new DevicePlacement(devices, table, bytes);
    }

    /** A named strategy over {@code devices}. */
    public static DevicePlacement of(Strategy strategy, List<Device> devices) {
        return new DevicePlacement(devices, strategy::table);
    }

    /** All of a model on one device. */
    public static DevicePlacement single(Device device) {
        return of(Strategy.SINGLE, List.of(device));
    }

    @Override
    public PlacedModel place(Network network, List<Shape> inputs) {
        return new ShardedModel(Plan.of(network, inputs, table.apply(network), devices, false));
    }

    @Override
    public PlacedModel place(Network network, List<Shape> inputs, Training training) {
        if (training == null) {
            throw TandemException.argument(
                    "placement for training",
                    "nothing to train with",
                    null,
                    "a loss and an optimizer",
                    "Pass recipe.training(), or leave it out to place a network for inference");
        }
        return new ShardedModel(Plan.of(network, inputs, table.apply(network), devices, true), training, featureBytes);
    }

    /** What a training step on these devices will cost. */
    public Forecast forecast(Network network, List<Shape> inputs, Training training) {
        List<Boolean> copiesAhead =
                devices.stream().map(DevicePlacement::copiesAhead).toList();
        return Forecast.of(network, inputs, training, table, copiesAhead);
    }

    private static boolean copiesAhead(Device device) {
        Optional<InputTensor> tried = device.memory().input(Shape.of(1));
        tried.ifPresent(InputTensor::close);
        return tried.isPresent();
    }
}
