package dev.tandem.placement;

/**
 * What a training step costs one device.
 *
 * @param bytes the most memory held at once; a backend's own workspaces come on top
 * @param parameterBytes of these, for parameters
 * @param momentumBytes of these, for velocities
 * @param activationBytes of these, what the forward pass leaves: activations, and copies of parameters that are on
 *     other devices. The rest of {@code bytes} is for gradients and intermediate results
 * @param receivedBytes bytes copied to it from other devices
 * @param multiplyAdds multiply-adds of its convolutions and matrix products, forward and backward
 */
public record DeviceForecast(
        long bytes,
        long parameterBytes,
        long momentumBytes,
        long activationBytes,
        long receivedBytes,
        long multiplyAdds) {}
