package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How much the images of each class count in the training loss, a weighted mean. Validation is never weighted. */
public enum ClassWeights {
    /** All images count alike, so that a class of few images counts little. */
    NONE {
        @Override
        public List<Double> weights(List<Integer> images) {
            return List.of();
        }
    },
    /** All classes count alike: an image counts {@code images / (classes * images of its class)}, 1 on average. */
    BALANCED {
        @Override
        public List<Double> weights(List<Integer> images) {
            double all = images.stream().mapToLong(Integer::longValue).sum();
            long classes = images.stream().filter(count -> count > 0).count();
            return images.stream()
                    .map(count -> count == 0 ? 0 : all / (classes * count))
                    .toList();
        }
    };

    /**
     * The weight of each class; empty if all count alike.
     *
     * @param images training images of each class
     */
    public abstract List<Double> weights(List<Integer> images);

    /** The names that {@link #named} takes. */
    public static List<String> names() {
        return Arrays.stream(values())
                .map(weights -> weights.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    /**
     * The weights called {@code name}.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) naming the known ones
     */
    public static ClassWeights named(String name) {
        int index = names().indexOf(name);
        if (index < 0) {
            throw TandemException.argument("class weights", "unknown name", name, "one of " + names(), "");
        }
        return values()[index];
    }
}
