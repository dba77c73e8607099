package dev.tandem.cli.bench;

import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Map;

/** The precision of products, where a backend offers more than one; master weights, momentum and loss stay f32. */
public enum Precision {
    /** Single precision everywhere: the default. */
    f32(),
    /** Products of bfloat16 numbers, summed in f32, on processors and GPUs that have them. */
    bf16("cpu", "cuda"),
    /** Products of 19-bit numbers, summed in f32, on GPUs that have them. */
    tf32("cuda"),
    /** That of {@link #f32} and {@link #bf16} which is faster on this machine. */
    auto("cpu");

    /** Those that offer it; empty if all do. */
    private final List<String> backends;

    Precision(String... backends) {
        this.backends = List.of(backends);
    }

    /** Adds the settings that ask for this and no other. */
    public void addTo(Map<String, Object> settings) {
        settings.put("tandem.cpu.bf16", this == auto ? "auto" : this == bf16 ? 1 : 0);
        settings.put("tandem.cuda.bf16", this == bf16 ? 1 : 0);
        settings.put("tandem.cuda.tf32", this == tf32 ? 1 : 0);
    }

    /** The precision that {@code config}, in which nothing is left open, asks of its backend. */
    public static Precision of(TandemConfig config) {
        String used = config.backend().orElse("");
        Map<String, Long> options = config.backendOptions().getOrDefault(used, Map.of());
        for (Precision precision : values()) {
            if (precision.backends.contains(used) && options.getOrDefault(precision.name(), 0L) == 1) {
                return precision;
            }
        }
        return f32;
    }

    /** Fails where {@code config} uses a backend that does not offer this. */
    public void requireBackend(TandemConfig config) {
        String used = config.backend().orElse("");
        if (!backends.isEmpty() && !backends.contains(used)) {
            throw TandemException.argument(
                    "--precision " + name(),
                    "the backend does not offer it",
                    used,
                    String.join(" or ", backends),
                    "Add -D tandem.backend=" + backends.get(0) + ", or use f32");
        }
    }
}
