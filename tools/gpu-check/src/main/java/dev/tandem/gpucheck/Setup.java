package dev.tandem.gpucheck;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.recipe.RecipeSettings;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is checked, and how thoroughly.
 *
 * @param driver what the driver is
 * @param steps how many steps are timed
 * @param warmUpSeconds for how long steps are taken before, unless there are as many as are timed
 * @param tests the tests of the backend, in a jar or a folder
 */
record Setup(DriverKind driver, int steps, double warmUpSeconds, Path tests) {
    /** How the CUDA backend computes. */
    enum Kernels {
        libraries,
        own
    }

    /** What the driver does. */
    enum DriverKind {
        /** A GPU. */
        real,
        /** The emulated one of backend-cuda's tests, at a billion operations a second: networks are small. */
        emulated,
        /** The one that keeps books only: no result means anything. */
        books;

        boolean computes() {
            return this != books;
        }

        boolean isSlow() {
            return this == emulated;
        }
    }

    /** This with small networks, as under a tool that slows every kernel down. */
    Setup small() {
        return new Setup(DriverKind.emulated, steps, warmUpSeconds, tests);
    }

    BackendProvider provider() {
        return Backends.named("cuda");
    }

    /** The precisions that the backend offers. */
    List<String> precisions() {
        return bf16().isPresent() ? List.of("tf32", "bf16", "f32") : List.of("tf32", "f32");
    }

    private Optional<BackendOption> bf16() {
        return provider().options().stream()
                .filter(option -> option.name().equals("bf16") || option.words().contains("bf16"))
                .findFirst();
    }

    /** The first GPU, in a precision of {@link #precisions}. */
    Backend open(String precision, Kernels kernels, Map<String, Long> more) {
        Map<String, Long> settings = new TreeMap<>(more);
        settings.put("devices", 1L);
        settings.put("accelerators", kernels == Kernels.libraries ? 1L : 0L);
        if (precision.equals("tf32")) {
            settings.put("tf32", 1L);
        } else if (precision.equals("bf16")) {
            BackendOption option = bf16().orElseThrow();
            int word = option.words().indexOf("bf16");
            settings.put(option.name(), word < 0 ? 1 : option.minimum() + word);
        }
        return provider().open(BackendOptions.of(provider(), settings));
    }

    /** The paper's net; a small one of its kind where the driver is slow. */
    Recipe recipe(int batch) {
        RecipeProvider named = RecipeProvider.named(driver.isSlow() ? "small" : "paper");
        Map<String, Integer> sizes =
                driver.isSlow() ? Map.of("width", 12, "hidden", 4, "image", 60, "crop", 56) : Map.of();
        return named.recipe(named.usualClasses(), RecipeSettings.of(named, sizes))
                .withBatch(batch(batch));
    }

    /** A batch of at most this size. */
    int batch(int wanted) {
        return driver.isSlow() ? Math.min(wanted, 2) : wanted;
    }
}
