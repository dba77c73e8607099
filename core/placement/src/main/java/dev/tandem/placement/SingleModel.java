package dev.tandem.placement;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.nn.train.DeviceModel;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.Device;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import java.util.List;

/** A model on one device: a batch goes up, losses and probabilities come down. */
final class SingleModel implements PlacedModel {
    private final Device device;
    private final DeviceModel model;

    SingleModel(Sequential network, Shape input, Device device, boolean trainable) {
        this.device = device;
        this.model = new DeviceModel(network, input, device, trainable);
    }

    @Override
    public List<ParameterSpec> parameters() {
        return model.specs();
    }

    @Override
    public void step(HostBatch batch, StepSettings settings) {
        try (TensorScope step = TensorScope.open()) {
            Tensor images = device.tensor(batch.shape(), batch.images());
            Tensor labels = device.labels(batch.labels());
            model.step(images, labels, settings);
        }
    }

    @Override
    public LossSum takeLoss() {
        return model.takeLoss();
    }

    @Override
    public float[] probabilities(HostBatch batch) {
        try (TensorScope scope = TensorScope.open()) {
            return model.probabilities(device.tensor(batch.shape(), batch.images()))
                    .read();
        }
    }

    @Override
    public float[] read(String parameter) {
        return model.parameter(parameter).read();
    }

    @Override
    public void write(String parameter, float[] values) {
        model.parameter(parameter).write(values);
    }

    @Override
    public float[] readVelocity(String parameter) {
        return model.velocity(parameter).read();
    }

    @Override
    public void writeVelocity(String parameter, float[] values) {
        model.velocity(parameter).write(values);
    }

    @Override
    public MemoryUse memoryUse() {
        return device.memoryUse();
    }

    @Override
    public void close() {
        model.close();
    }
}
