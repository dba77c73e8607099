package dev.tandem.gpucheck;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * The Java process of {@code tools/gpu-check}: reads lines {@code SECTION SECONDS} from standard input, and writes what
 * it finds to standard output as lines of JSON. Arguments: what the driver is, the steps to time, the seconds to warm
 * up, and the jar of the backend's tests.
 */
public final class GpuCheck {
    private static final String TESTS = "dev\\.tandem\\.backend\\.cuda\\.";
    private static final String TRAINING = "Training|MixedPlacement";
    /** Those that look at the sources, or at what lies on the class path. */
    private static final String OTHERS = "Architecture|CudaBackendProvider|NullDriver";

    private static final Map<String, Section> SECTIONS = Map.ofEntries(
            Map.entry("open", new OpenSection()),
            Map.entry("micro", new MicroSection()),
            Map.entry("train", new TrainSection()),
            Map.entry("determinism", new DeterminismSection()),
            Map.entry("layers", new LayersSection()),
            Map.entry("shapes", new ShapesSection()),
            Map.entry("conformance", new TestsSection(TESTS + "(?!" + OTHERS + "|" + TRAINING + ")\\w+Test")),
            Map.entry("training", new TestsSection(TESTS + "(" + TRAINING + ")Test")),
            Map.entry("sizes", new SizesSection()),
            Map.entry("sanitize", new SanitizeSection()));

    private GpuCheck() {}

    public static void main(String[] arguments) throws IOException {
        Setup setup = new Setup(
                Setup.DriverKind.valueOf(arguments[0]),
                Integer.parseInt(arguments[1]),
                Double.parseDouble(arguments[2]),
                Path.of(arguments[3]));
        Report report = new Report(System.out);
        // Tests and libraries print, too.
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            run(words[0], Limit.in(Double.parseDouble(words[1])), setup, report);
        }
    }

    private static void run(String name, Limit limit, Setup setup, Report report) {
        report.begin(name);
        try {
            SECTIONS.get(name).run(setup, report, limit);
        } catch (RuntimeException | Error e) {
            // Into the log that comes back beside the results: on that machine nobody can ask again.
            e.printStackTrace();
            report.row("failure", false, String.valueOf(e), Map.of());
        }
        report.end();
    }
}
