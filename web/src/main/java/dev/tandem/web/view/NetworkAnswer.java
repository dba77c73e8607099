package dev.tandem.web.view;

import dev.tandem.nn.layer.LayerStep;
import dev.tandem.nn.layer.MergeStep;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.DeviceForecast;
import dev.tandem.placement.Forecast;
import dev.tandem.placement.LayerForecast;
import dev.tandem.run.watch.WatchedRun;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The network of a run, where its parts are, and what a training step costs; found by a dry run. Shapes are extents
 * without the batch, unless they are of a device's shard.
 */
record NetworkAnswer(
        String recipe,
        int batch,
        String strategy,
        List<Input> inputs,
        List<DeviceCost> devices,
        List<LayerAnswer> layers,
        long trainingBytes,
        long crossedBytes) {
    /** An input of the network. */
    record Input(String name, int[] dims) {}

    /** A device, as the run has called it, and what a step costs it. */
    record DeviceCost(
            String name,
            long bytes,
            long parameterBytes,
            long momentumBytes,
            long activationBytes,
            long receivedBytes,
            long multiplyAdds) {
        static DeviceCost of(String name, DeviceForecast cost) {
            return new DeviceCost(
                    name,
                    cost.bytes(),
                    cost.parameterBytes(),
                    cost.momentumBytes(),
                    cost.activationBytes(),
                    cost.receivedBytes(),
                    cost.multiplyAdds());
        }
    }

    /** A layer; {@code multiplyAdds} are of its forward pass for one image. */
    record LayerAnswer(
            String name,
            String kind,
            List<String> inputs,
            int[] output,
            long parameters,
            long multiplyAdds,
            String split,
            List<ShardAnswer> shards) {}

    /** What one device computes of a layer in a training step; the output is null if it is nothing. */
    record ShardAnswer(int device, int[] output, long receivedBytes, long multiplyAdds) {
        static ShardAnswer of(int device, LayerForecast.Shard shard) {
            return new ShardAnswer(
                    device,
                    shard.output() == null ? null : shard.output().dims(),
                    shard.received().bytes(),
                    shard.multiplyAdds());
        }
    }

    static NetworkAnswer of(WatchedRun run) {
        TandemConfig config = run.folder().configuration();
        ConfiguredRecipe configured = new ConfiguredRecipe(config);
        Integer classes = run.summary().classes();
        Recipe recipe = configured.forClasses(classes == null ? configured.usualClasses() : classes);
        List<String> names = deviceNames(run, config.placement());
        Forecast cost = Forecast.of(
                recipe.network(),
                recipe.inputs(recipe.batch()),
                recipe.training(),
                config.placement().rules(),
                names.size());
        return new NetworkAnswer(
                recipe.name(),
                recipe.batch(),
                config.placement().table().isEmpty() ? config.placement().strategy() : "table",
                inputs(recipe),
                IntStream.range(0, names.size())
                        .mapToObj(
                                i -> DeviceCost.of(names.get(i), cost.devices().get(i)))
                        .toList(),
                layers(recipe, cost),
                cost.bytes(),
                cost.crossedBytes());
    }

    /** The devices that the newest epoch was trained on; before there is one, as many as are configured. */
    private static List<String> deviceNames(WatchedRun run, TandemConfig.Placement placement) {
        List<String> used =
                run.history().devices().stream().map(device -> device.device()).toList();
        if (placement.isSingle()) {
            return used.isEmpty() ? List.of("device 1") : used.subList(0, 1);
        }
        if (used.size() > 1) {
            return used;
        }
        int count = Math.max(2, placement.devices().size());
        return IntStream.rangeClosed(1, count).mapToObj(i -> "device " + i).toList();
    }

    private static List<Input> inputs(Recipe recipe) {
        List<String> names = recipe.network().inputs();
        List<Shape> samples = recipe.samples();
        return IntStream.range(0, names.size())
                .mapToObj(i -> new Input(names.get(i), samples.get(i).dims()))
                .toList();
    }

    private static List<LayerAnswer> layers(Recipe recipe, Forecast cost) {
        Map<String, ModelSummary.Row> rows = ModelSummary.of(recipe.network(), recipe.samples()).rows().stream()
                .collect(Collectors.toMap(ModelSummary.Row::name, row -> row));
        Map<String, String> kinds = new HashMap<>();
        for (Step step : recipe.network().nodes()) {
            kinds.put(step.name(), kind(step));
        }
        List<LayerAnswer> layers = new ArrayList<>();
        for (LayerForecast layer : cost.layers()) {
            ModelSummary.Row row = rows.get(layer.name());
            List<ShardAnswer> shards = new ArrayList<>();
            for (LayerForecast.Shard shard : layer.shards()) {
                shards.add(ShardAnswer.of(shards.size(), shard));
            }
            layers.add(new LayerAnswer(
                    layer.name(),
                    kinds.getOrDefault(layer.name(), "Loss"),
                    layer.inputs(),
                    row == null ? layer.output().dims() : row.output().dims(),
                    row == null ? 0 : row.parameters(),
                    row == null ? 0 : row.multiplyAdds(),
                    layer.axis().name().toLowerCase(Locale.ROOT),
                    shards));
        }
        return layers;
    }

    /** The class of a layer or merge, such as Convolution. */
    private static String kind(Step step) {
        Object node = step instanceof LayerStep layer ? layer.layer() : ((MergeStep) step).merge();
        String name = node.getClass().getSimpleName();
        return name.isEmpty() ? "Layer" : name;
    }
}
