package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.paper.activation.Activations;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.Cluster;
import dev.tandem.runtime.config.TandemConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "activations",
        description =
                "Draws why ReLU: gradients through depth, saturation over epochs, the zig-zag of all-positive inputs, and"
                        + " units that die, on plain chains of layers.")
public final class ActivationsCommand extends PictureCommand {
    @Option(names = "--depth", paramLabel = "N", description = "Hidden layers that gradients go through; default: 12.")
    Integer depth;

    @Option(names = "--epochs", paramLabel = "N", description = "Epochs of the trainings; default: 30.")
    Integer epochs;

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            description = "The learning rate at which saturation is watched; default: 0.1.")
    Double rate;

    @Option(
            names = "--deadly-rate",
            paramLabel = "RATE",
            description = "The learning rate at which units die; default: 0.08.")
    Double deadlyRate;

    @Option(names = "--seed", paramLabel = "N", description = "Chooses everything random; default: 1.")
    String seed;

    ActivationsCommand(Console console) {
        super(console, "activations");
    }

    @Override
    Map<String, Object> named() {
        Map<String, Object> named = super.named();
        named.put("tandem.train.seed", seed);
        return named;
    }

    @Override
    List<Path> draw(TandemConfig config, Path folder) {
        refuse("--recipe", recipe, "it trains chains of its own");
        Cluster.requireNone(config, "paper activations");
        Activations.Options usual = Activations.Options.DEFAULTS;
        Activations.Options options = new Activations.Options(
                Optional.ofNullable(depth).orElse(usual.depth()),
                Optional.ofNullable(epochs).orElse(usual.epochs()),
                Optional.ofNullable(rate).orElse(usual.rate()),
                Optional.ofNullable(deadlyRate).orElse(usual.deadlyRate()));
        try (Tandem tandem = Tandem.configure(config);
                CountDisplay progress = scanProgress()) {
            return Activations.run(tandem, options, folder, progress, this::say);
        }
    }
}
