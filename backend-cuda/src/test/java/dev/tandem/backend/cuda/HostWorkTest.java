package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the trainer's steps of the paper's net on 128 images cost the host, and ask of the driver, at their real size. */
class HostWorkTest {
    private static final long BATCH_BYTES = 128L * 3 * 224 * 224 * Float.BYTES;
    private static final int ROUNDS = 20;
    private static final int ROUND = 10;

    @TempDir
    private Path folder;

    /** Prints what all rounds of ten steps asked for together, and the processor time of a step in nanoseconds. */
    static final class Rounds {
        private Rounds() {}

        public static void main(String[] arguments) throws IOException {
            CudaBackendProvider provider = PaperNet.provider(arguments);
            Recipe recipe = PaperNet.recipe();
            try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("tf32", 1L)));
                    PlacedModel model =
                            DevicePlacement.single(backend.devices().get(0)).place(recipe)) {
                PaperNet.writeZeros(model);
                // As a stream has them: one is in use, and one under way.
                List<HostBatch> batches = List.of(batch(recipe, model), batch(recipe, model), batch(recipe, model));
                model.prefetch(batches.get(0));
                int step = 0;
                for (int round = 0; round < ROUNDS; round++) {
                    step = round(model, batches, step);
                }
                DriverBooks books = DriverBooks.open();
                Map<String, Long> before = books.read();
                Map<String, Long> began = processorTimes();
                for (int round = 0; round < ROUNDS; round++) {
                    step = round(model, batches, step);
                }
                books.since(before).forEach((name, count) -> System.out.println(name + ": " + count));
                processorTimes()
                        .forEach((thread, nanos) -> System.out.println("nanoseconds of " + thread + ": "
                                + (nanos - began.getOrDefault(thread, 0L)) / (ROUNDS * ROUND)));
                record(backend.devices().get(0), books, () -> round(model, batches, ROUND));
            }
        }

        private static void record(Device device, DriverBooks books, Runnable round) {
            Map<String, Long> before = books.read();
            device.profile().start();
            round.run();
            int operations = device.profile().stop().size();
            books.since(before).forEach((name, count) -> System.out.println("recorded " + name + ": " + count));
            System.out.println("recorded operations: " + operations);
        }

        private static HostBatch batch(Recipe recipe, PlacedModel model) {
            return HostBatch.of(recipe.inputs(128), null, new BatchMemory(model.devices()));
        }

        /** As EpochRun has them. */
        private static int round(PlacedModel model, List<HostBatch> batches, int first) {
            for (int step = first; step < first + ROUND; step++) {
                model.step(batches.get(step % batches.size()), new StepSettings(1, step, 0.01));
                model.prefetch(batches.get((step + 1) % batches.size()));
            }
            model.takeLoss();
            return first + ROUND;
        }

        private static Map<String, Long> processorTimes() {
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            Map<String, Long> times = new TreeMap<>();
            for (long id : threads.getAllThreadIds()) {
                String name = threads.getThreadInfo(id).getThreadName();
                if (name.equals("main") || name.startsWith("tandem-")) {
                    times.put(name, threads.getThreadCpuTime(id));
                }
            }
            return times;
        }
    }

    @Test
    void aStepTakesNoMemoryCopiesItsBatchOnceAndWaitsForNothing() throws IOException {
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: needs the emulated driver");
        String output = NullDriver.run(List.of("-Xmx1g"), Rounds.class, folder);
        int steps = ROUNDS * ROUND;
        assertThat(output.lines())
                .contains(
                        "allocations: 0",
                        "frees: 0",
                        "pinned allocations: 0",
                        "streams: 0",
                        "copies to host: " + ROUNDS,
                        "stream synchronizations: " + ROUNDS,
                        "event synchronizations: 0",
                        // The inputs, directly from pinned memory as the driver demands it, and the labels.
                        "copies to device: " + 2 * steps,
                        "bytes to device: " + steps * (BATCH_BYTES + 128 * Integer.BYTES));
        long host = number(output, "nanoseconds of main") + number(output, "nanoseconds of tandem-cuda:0");
        assertThat(host).as("generous: it is measured, and told, elsewhere").isBetween(10_000L, 5_000_000L);
        assertRecordingWaitsForNoOperation(output);
    }

    /** Times are by events, which are read at the end. */
    private static void assertRecordingWaitsForNoOperation(String output) {
        assertThat(number(output, "recorded operations")).isGreaterThan(50 * ROUND);
        assertThat(number(output, "recorded stream synchronizations")).isEqualTo(1);
        assertThat(number(output, "recorded event synchronizations"))
                .as("the beginning and the end of both streams")
                .isLessThanOrEqualTo(4);
    }

    private static long number(String output, String name) {
        return output.lines()
                .filter(line -> line.startsWith(name + ": "))
                .mapToLong(line -> Long.parseLong(line.substring(name.length() + 2)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " in:\n" + output));
    }
}
