package dev.tandem.placement;

import dev.tandem.nn.layer.Sequential;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;

/**
 * All of a model on one device.
 *
 * @param device the device
 */
public record SinglePlacement(Device device) implements Placement {
    @Override
    public PlacedModel place(Sequential network, Shape input, boolean trainable) {
        return new SingleModel(network, input, device, trainable);
    }
}
