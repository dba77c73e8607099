package dev.tandem.placement;

import dev.tandem.nn.layer.LayerStep;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Step;
import dev.tandem.placement.PlacementTable.Rule;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The placements with a name: each is a {@link PlacementTable} for a network. */
public enum Strategy {
    /** Everything on the first device. */
    SINGLE,
    /** Channels divided: the paper's two GPUs (section 3.2). */
    COLUMNS,
    /** The batch divided, gradients summed. */
    DATA,
    /** Convolutions by batch, from the first fully-connected layer on by channel ("one weird trick", 2014). */
    HYBRID;

    /** This strategy's table for {@code network}. */
    public PlacementTable table(Network network) {
        return switch (this) {
            case SINGLE -> PlacementTable.all(Axis.NONE);
            case COLUMNS -> PlacementTable.all(Axis.CHANNEL);
            case DATA -> PlacementTable.all(Axis.BATCH);
            case HYBRID -> hybrid(network);
        };
    }

    private static PlacementTable hybrid(Network network) {
        List<Rule> rules = new ArrayList<>();
        Set<String> divided = new HashSet<>();
        for (Step node : network.nodes()) {
            boolean linear = node instanceof LayerStep step && step.layer() instanceof Linear;
            if (linear || node.inputs().stream().anyMatch(divided::contains)) {
                divided.add(node.name());
            }
            rules.add(new Rule(node.name(), divided.contains(node.name()) ? Axis.CHANNEL : Axis.BATCH));
        }
        return new PlacementTable(rules);
    }

    /** The name it is chosen by. */
    public String strategyName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The names that {@link #named} takes. */
    public static List<String> names() {
        return Arrays.stream(values()).map(Strategy::strategyName).toList();
    }

    /**
     * The strategy called {@code name}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) with the names that there are
     */
    public static Strategy named(String name) {
        return Arrays.stream(values())
                .filter(strategy -> strategy.strategyName().equals(name))
                .findFirst()
                .orElseThrow(() -> TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "placement strategy",
                        "unknown name",
                        name,
                        "one of " + names(),
                        ""));
    }
}
