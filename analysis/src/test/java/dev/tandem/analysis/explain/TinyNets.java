package dev.tandem.analysis.explain;

import dev.tandem.nn.layer.Network;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import java.util.Map;

/** Networks on the reference backend, and numbers to fill them with. */
final class TinyNets {
    private TinyNets() {}

    static Backend reference() {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of()));
    }

    static PlacedModel placed(Backend backend, Network network, Shape input) {
        return DevicePlacement.single(backend.devices().get(0)).place(network, input);
    }

    /** {@code sin(slope i + shift)} at position i. */
    static float[] sines(int length, double slope, double shift) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) Math.sin(slope * i + shift);
        }
        return values;
    }
}
