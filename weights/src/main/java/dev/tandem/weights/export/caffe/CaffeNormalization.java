package dev.tandem.weights.export.caffe;

import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import java.util.List;
import java.util.stream.IntStream;

/** Response normalization in Caffe, which divides alpha by the number of neighbours. */
final class CaffeNormalization {
    private final CaffeGraph graph;

    CaffeNormalization(CaffeGraph graph) {
        this.graph = graph;
    }

    String add(String name, LocalResponseNormalization lrn, String x) {
        ResponseNormalization spec = lrn.spec();
        if (spec.neighbourhood() == Neighbourhood.WITHIN_MAP) {
            return withinMap(name, lrn, x);
        }
        if (spec.groups() == 1) {
            return acrossMaps(name, lrn, x);
        }
        List<String> parts = IntStream.range(0, spec.groups())
                .mapToObj(group -> name + "/" + group)
                .toList();
        graph.layers("Slice", name + "/groups", List.of(x), parts, "slice_param { axis: 1 }");
        List<String> normalized = parts.stream()
                .map(part -> acrossMaps(part + "/norm", lrn, part))
                .toList();
        return graph.layer("Concat", name, normalized, "");
    }

    private String acrossMaps(String name, LocalResponseNormalization lrn, String x) {
        return ofOne(name, lrn, x, "");
    }

    private String withinMap(String name, LocalResponseNormalization lrn, String x) {
        return ofOne(name, lrn, x, " norm_region: WITHIN_CHANNEL");
    }

    /**
     * With a k of 1, as {@code (k + a)^-b = k^-b (1 + a / k)^-b}: within a map Caffe passes over k, and other readers
     * of its files do so everywhere.
     */
    private String ofOne(String name, LocalResponseNormalization lrn, String x, String region) {
        double k = lrn.spec().k();
        String normalized = graph.layer(
                "LRN",
                k == 1 ? name : name + "/ofOne",
                List.of(x),
                "lrn_param { local_size: " + lrn.spec().size() + " alpha: " + (float) (lrn.alphaOfMean() / k)
                        + " beta: " + (float) lrn.spec().beta() + region + " }");
        if (k == 1) {
            return normalized;
        }
        float factor = (float) Math.pow(k, -lrn.spec().beta());
        return graph.layer("Power", name, List.of(normalized), "power_param { scale: " + factor + " }");
    }
}
