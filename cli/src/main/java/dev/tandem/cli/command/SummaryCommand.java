package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.picture.PlacementPicture;
import dev.tandem.cli.picture.PlacementReport;
import dev.tandem.imagenet.ImageSource;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.DeviceForecast;
import dev.tandem.placement.Forecast;
import dev.tandem.placement.LayerForecast;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "summary",
        description =
                "Shows a recipe's layers, and what training it will need; allocates nothing and opens no backend.")
public final class SummaryCommand extends ConfiguredCommand {
    private static final int MOST_DEVICES = 64;

    @Option(names = "--batch", paramLabel = "N", description = "Images per step; default: the recipe's.")
    String batch;

    @Option(
            names = "--classes",
            paramLabel = "N",
            description = "How many; default: as in --data, else 1000, or 10 for small.")
    Integer classes;

    @Option(
            names = "--placement",
            paramLabel = "NAME",
            description = "single, columns, data or hybrid: shows which tensor lives where; default: as configured.")
    String placement;

    @Option(
            names = "--devices",
            paramLabel = "N",
            description =
                    "How many devices; default: as configured; 2 where that is all of them, or one and --placement"
                            + " divides.")
    Integer devices;

    @Option(names = "--picture", paramLabel = "FILE.png", description = "Draws the placed network, too.")
    Path picture;

    public SummaryCommand(Console console) {
        super(console);
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        named.put("tandem.train.batch", batch);
        named.put("tandem.placement.strategy", placement);
        return named;
    }

    private record SummarizedLayer(
            String name, List<String> inputs, int[] output, long parameters, long multiplyAdds) {}

    /** A layer's place, shapes as their extents. */
    private record PlacedLayer(String name, String split, List<LayerShard> parts) {
        static PlacedLayer of(LayerForecast layer) {
            return new PlacedLayer(
                    layer.name(),
                    layer.axis().name().toLowerCase(Locale.ROOT),
                    layer.shards().stream().map(LayerShard::of).toList());
        }
    }

    private record LayerShard(
            List<int[]> parameters,
            List<int[]> inputs,
            int[] output,
            LayerForecast.Received received,
            long multiplyAdds) {
        static LayerShard of(LayerForecast.Shard part) {
            return new LayerShard(
                    part.parameters().stream().map(Shape::dims).toList(),
                    part.inputs().stream().map(Shape::dims).toList(),
                    part.output() == null ? null : part.output().dims(),
                    part.received(),
                    part.multiplyAdds());
        }
    }

    /** The last line of {@code --json}. */
    private record SummaryResult(
            String recipe,
            int classes,
            long parameters,
            long multiplyAdds,
            int batch,
            long trainingBytes,
            long gpuTrainingBytes,
            List<DeviceForecast> devices,
            List<SummarizedLayer> layers,
            List<PlacedLayer> placement) {}

    @Override
    int run() {
        TandemConfig config = configuration(null);
        ConfiguredRecipe recipes = new ConfiguredRecipe(config);
        Recipe recipe = recipes.forClasses(classes(config, recipes));
        ModelSummary model = ModelSummary.of(recipe.network(), recipe.samples());
        Forecast cost = Forecast.of(
                recipe.network(),
                recipe.inputs(recipe.batch()),
                recipe.training(),
                config.placement().rules(),
                devices(config));
        long ahead = Forecast.of(
                        recipe.network(),
                        recipe.inputs(recipe.batch()),
                        recipe.training(),
                        config.placement().rules(),
                        Collections.nCopies(devices(config), true))
                .bytes();
        print(recipe, model, cost, ahead);
        if (cost.devices().size() > 1) {
            say("");
            PlacementReport.lines(cost).forEach(this::say);
        }
        answer(new SummaryResult(
                recipe.name(),
                recipe.classes(),
                model.parameters(),
                model.multiplyAdds(),
                recipe.batch(),
                cost.bytes(),
                ahead,
                cost.devices(),
                model.rows().stream()
                        .map(row -> new SummarizedLayer(
                                row.name(), row.inputs(), row.output().dims(), row.parameters(), row.multiplyAdds()))
                        .toList(),
                cost.layers().stream().map(PlacedLayer::of).toList()));
        if (picture != null) {
            draw(recipe, cost, config.placement());
        }
        return ExitStatus.OK;
    }

    private void draw(Recipe recipe, Forecast cost, TandemConfig.Placement placed) {
        String title = String.format(
                Locale.ROOT,
                "Recipe %s at batch %d, %s over %s",
                recipe.name(),
                recipe.batch(),
                placed.table().isEmpty() ? placed.strategy() : "own table",
                cost.devices().size() == 1 ? "1 device" : cost.devices().size() + " devices");
        AtomicFile.write(
                picture,
                channel -> ImageIO.write(PlacementPicture.draw(title, cost), "png", Channels.newOutputStream(channel)));
        say("Picture: " + picture);
    }

    private void print(Recipe recipe, ModelSummary model, Forecast cost, long ahead) {
        int width = model.rows().stream().mapToInt(row -> row.name().length()).reduce(10, Math::max);
        String line = "%-" + width + "s %14s %14s %16s%s";
        say(String.format(Locale.ROOT, line, "layer", "output", "parameters", "multiply-adds", ""));
        List<String> inputs = recipe.network().inputs();
        for (int i = 0; i < inputs.size(); i++) {
            say(String.format(Locale.ROOT, line, inputs.get(i), model.inputs().get(i), "", "", ""));
        }
        String before = inputs.get(0);
        for (ModelSummary.Row row : model.rows()) {
            say(String.format(
                    Locale.ROOT,
                    line,
                    row.name(),
                    row.output(),
                    number(row.parameters()),
                    number(row.multiplyAdds()),
                    row.inputs().equals(List.of(before)) ? "" : "  of " + String.join(", ", row.inputs())));
            before = row.name();
        }
        say(String.format(
                Locale.ROOT, line, "total", "", number(model.parameters()), number(model.multiplyAdds()), ""));
        say(String.format(
                Locale.ROOT,
                "Recipe %s, %d classes: training at batch %d holds %,d bytes in tensors over %d device(s);",
                recipe.name(),
                recipe.classes(),
                recipe.batch(),
                cost.bytes(),
                cost.devices().size()));
        say(String.format(
                Locale.ROOT,
                "on GPUs, which copy the next batch ahead, %,d. The backend's workspaces come on top.",
                ahead));
    }

    private static String number(long count) {
        return count == 0 ? "" : String.format(Locale.ROOT, "%,d", count);
    }

    private int classes(TandemConfig config, ConfiguredRecipe recipes) {
        if (classes != null) {
            return classes;
        }
        return config.setting("tandem.data").origin().equals("default")
                ? recipes.usualClasses()
                : ImageSource.countClasses(config.data().orElseThrow());
    }

    private int devices(TandemConfig config) {
        TandemConfig.Placement placed = config.placement();
        int configured = configuredDevices(config);
        if (devices == null) {
            return placement != null && !placed.isSingle() ? Math.max(2, configured) : configured;
        }
        if (devices < 1 || devices > MOST_DEVICES || placed.isSingle() && devices > 1) {
            throw TandemException.argument(
                    "summary",
                    "a number of devices that cannot be",
                    devices + " with strategy " + placed.strategy(),
                    "1 for single, 1 to " + MOST_DEVICES + " otherwise",
                    "Correct --devices, or choose another --placement");
        }
        return devices;
    }

    private static int configuredDevices(TandemConfig config) {
        TandemConfig.Placement placement = config.placement();
        if (!placement.devices().isEmpty() || placement.isSingle()) {
            return Math.max(1, placement.devices().size());
        }
        Map<String, Long> options =
                config.backendOptions().getOrDefault(config.backend().orElse(""), Map.of());
        int configured = options.getOrDefault("devices", 1L).intValue();
        // 0 means all devices. Their number is unknown, as no backend is opened here.
        return configured == 0 ? 2 : configured;
    }
}
