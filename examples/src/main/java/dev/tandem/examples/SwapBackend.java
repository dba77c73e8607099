package dev.tandem.examples;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Network;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Shape;
import java.util.Arrays;

/** The same network on any backend: one line of configuration selects it. */
public final class SwapBackend {
    public static void main(String[] args) {
        for (String backend : args) {
            System.out.println(backend + ": " + probability("tandem.backend = " + backend));
        }
    }

    /** The probability of class 0 for one image of ones, in a network whose weights come from seed 1. */
    static float probability(String settings) {
        Network network = LambdaLayer.network(3);
        HostBatch batch = new HostBatch(Shape.of(1, 3, 8, 8));
        Arrays.fill(batch.images().array(), 1);
        try (var tandem = Tandem.configure(settings);
                var model = tandem.placement().place(network, batch.shape())) {
            model.initialize(1);
            return model.probabilities(batch)[0];
        }
    }
}
