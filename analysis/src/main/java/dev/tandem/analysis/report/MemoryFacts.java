package dev.tandem.analysis.report;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.DeviceForecast;
import dev.tandem.placement.Forecast;
import dev.tandem.runtime.config.TandemConfig;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a training step takes, as forecast; a backend's own workspaces come on top.
 *
 * @param batch images of a step
 * @param strategy how the model is divided over devices
 * @param trainingBytes the most memory that all devices together hold at once
 * @param devices in order
 */
public record MemoryFacts(int batch, String strategy, long trainingBytes, List<DeviceFacts> devices) {
    /**
     * A device; its bytes are those of {@link DeviceForecast}.
     *
     * @param name as the run trained on it, or {@code device 1} and so on
     */
    public record DeviceFacts(
            String name,
            long bytes,
            long parameterBytes,
            long momentumBytes,
            long activationBytes,
            long receivedBytes,
            long multiplyAdds) {}

    /**
     * The forecast for a run.
     *
     * @param devices those that it trained on, each in a line; if there are none, one is assumed, or two for a model
     *     that is divided
     */
    static MemoryFacts of(Recipe recipe, TandemConfig.Placement placed, List<String> devices) {
        int count = Math.max(
                devices.size(),
                placed.isSingle() ? 1 : Math.max(2, placed.devices().size()));
        Forecast cost =
                Forecast.of(recipe.network(), recipe.inputs(recipe.batch()), recipe.training(), placed.rules(), count);
        return new MemoryFacts(
                recipe.batch(),
                placed.table().isEmpty() ? placed.strategy() : "table",
                cost.bytes(),
                IntStream.range(0, count)
                        .mapToObj(index -> {
                            DeviceForecast device = cost.devices().get(index);
                            return new DeviceFacts(
                                    index < devices.size() ? devices.get(index) : "device " + (index + 1),
                                    device.bytes(),
                                    device.parameterBytes(),
                                    device.momentumBytes(),
                                    device.activationBytes(),
                                    device.receivedBytes(),
                                    device.multiplyAdds());
                        })
                        .toList());
    }
}
