package dev.tandem.examples;

import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;

/** A layer without weights is a lambda: its gradients and its output shape follow from what it calls. */
public final class LambdaLayer {
    /** x sigmoid(x), known as SiLU or swish. */
    static final Layer SWISH = (x, context) -> x.multiply(x.sigmoid());

    private LambdaLayer() {}

    /** A network with it. */
    static Network network(int classes) {
        return Network.builder()
                .add("conv", Convolution.of(8, 3).padding(1))
                .add("swish", SWISH)
                .add("fc", Linear.of(classes))
                .build();
    }
}
