package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What steps of the paper's net on 128 images ask of the driver, at its real size. */
class NullDriverTest {
    private static final int STEPS = 5;

    @TempDir
    private Path folder;

    /** Prints what the driver was asked for in all steps after the second, and the memory that was taken of it. */
    static final class Steps {
        private Steps() {}

        public static void main(String[] folders) throws IOException {
            CudaBackendProvider provider = PaperNet.provider(folders);
            Recipe recipe = PaperNet.recipe();
            HostBatch batch = new HostBatch(recipe.input(128));
            try (Backend backend = provider.open(BackendOptions.of(provider, Map.of(folders[2], 1L)))) {
                Device device = backend.devices().get(0);
                try (PlacedModel model =
                        DevicePlacement.single(device).place(recipe.network(), recipe.input(128), recipe.training())) {
                    PaperNet.writeZeros(model);
                    step(model, batch, 0);
                    step(model, batch, 1);
                    DriverBooks books = DriverBooks.open();
                    Map<String, Long> before = books.read();
                    for (int i = 0; i < STEPS; i++) {
                        step(model, batch, 2 + i);
                    }
                    books.since(before).forEach((name, count) -> System.out.println(name + ": " + count));
                    System.out.println("MiB reserved: " + (device.memoryUse().reserved() >> 20));
                }
            }
        }

        private static void step(PlacedModel model, HostBatch batch, int step) {
            model.step(batch, new StepSettings(1, step, 0.01));
            model.takeLoss();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tf32", "bf16"})
    void aStepTakesNoMemoryAndWaitsForItsLossAlone(String precision) throws IOException {
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: needs the emulated driver");
        String output = NullDriver.run(List.of("-Xmx1g"), Steps.class, folder, precision);
        assertThat(output.lines())
                .contains(
                        "allocations: 0",
                        "frees: 0",
                        "pinned allocations: 0",
                        "streams: 0",
                        "peer copies: 0",
                        "copies to host: " + STEPS,
                        "stream synchronizations: " + STEPS);
        assertThat(number(output, "bytes to device"))
                .isBetween(STEPS * 128L * 3 * 224 * 224 * Float.BYTES, STEPS * 129L * 3 * 224 * 224 * Float.BYTES);
        assertThat(number(output, "launches")).isBetween(STEPS * 30L, STEPS * 90L);
        assertThat(number(output, "library calls")).isBetween(STEPS * 20L, STEPS * 40L);
        assertThat(number(output, "MiB reserved")).isBetween(1500L, 3000L);
    }

    private static long number(String output, String name) {
        return output.lines()
                .filter(line -> line.startsWith(name + ": "))
                .mapToLong(line -> Long.parseLong(line.substring(name.length() + 2)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " in:\n" + output));
    }
}
