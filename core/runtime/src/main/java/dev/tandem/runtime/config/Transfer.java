package dev.tandem.runtime.config;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a run begins with weights that were trained before, and what it trains of them.
 *
 * @param from the folder of a run or a file of weights, absolute; empty to begin at random
 * @param freeze names of layers that do not learn, with {@code *} for any characters
 * @param headRate what the learning rate of the last layer with parameters is multiplied by, above 0
 * @param withoutAugmentation whether training images are not varied, whatever the recipe does
 * @param featureMegabytes how much memory the outputs of frozen first layers may take; empty for the default
 */
public record Transfer(
        Optional<Path> from,
        List<String> freeze,
        double headRate,
        boolean withoutAugmentation,
        OptionalInt featureMegabytes) {
    static final String FROM = "tandem.train.from";
    private static final String HEAD_RATE = "tandem.train.head-rate";
    private static final String NONE = "none";
    /** Decoded images may take another quarter of the heap. */
    private static final int DEFAULT_SHARE = 4;

    static Transfer read(Settings settings) {
        return new Transfer(
                settings.path(FROM),
                settings.words("tandem.train.freeze"),
                settings.positive(HEAD_RATE, 1000).orElseThrow(),
                settings.choice("tandem.train.augmentation", List.of("recipe", NONE))
                        .orElseThrow()
                        .equals(NONE),
                TandemConfig.integer(settings, "tandem.train.feature-memory", 0, 1 << 20));
    }

    /** How much of Java's memory the outputs of frozen first layers may take, in bytes; 0 for none. */
    public long featureBytes() {
        return featureMegabytes.isPresent()
                ? (long) featureMegabytes.getAsInt() << 20
                : Runtime.getRuntime().maxMemory() / DEFAULT_SHARE;
    }

    /**
     * {@code recipe} with what is configured.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if a layer is both frozen and faster;
     *     ({@link ErrorCode#INVALID_ARGUMENT}) if no layer has a name to freeze
     */
    Recipe applyTo(Recipe recipe) {
        Recipe changed =
                freeze.isEmpty() ? recipe : recipe.withNetwork(recipe.network().frozen(freeze.toArray(new String[0])));
        changed = headRate == 1 ? changed : changed.withNetwork(withHeadRate(changed));
        return withoutAugmentation ? changed.withAugmentation(Augmentation.none()) : changed;
    }

    private Network withHeadRate(Recipe recipe) {
        Network network = recipe.network();
        String head = network.lastWithParameters(recipe.inputs(1));
        boolean learns = network.nodes().stream().anyMatch(node -> node.name().equals(head) && node.rateFactor() > 0);
        if (!learns) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    HEAD_RATE,
                    "the last layer, " + head + ", is frozen",
                    headRate,
                    "1",
                    "Leave " + head + " out of tandem.train.freeze, or remove " + HEAD_RATE);
        }
        return network.withRateFactor(headRate, head);
    }
}
