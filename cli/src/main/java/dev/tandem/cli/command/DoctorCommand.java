package dev.tandem.cli.command;

import com.sun.management.OperatingSystemMXBean;
import dev.tandem.cli.bench.HeavyOperations;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.nn.recipe.RecipeOption;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.recipe.RecipeSettings;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import dev.tandem.spi.NativeCache;
import dev.tandem.spi.Probe;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;

@Command(
        name = "doctor",
        description = "Says which backends can run here, or why not and what to do; and what makes this machine slow.")
public final class DoctorCommand extends Subcommand {
    private static final Path CPU_FACTS = Path.of("/proc/cpuinfo");

    public DoctorCommand(Console console) {
        super(console);
    }

    private record FoundBackend(
            String name, boolean available, String detail, String remedy, Map<String, String> operations) {}

    /** The last line of {@code --json}. */
    private record DoctorResult(
            String java,
            int cores,
            long memoryBytes,
            long heapBytes,
            String nativeLibraries,
            List<FoundBackend> backends,
            List<String> notes) {}

    @Override
    int run() {
        Runtime machine = Runtime.getRuntime();
        long memory =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        String java = System.getProperty("java.vm.name") + " " + System.getProperty("java.version");
        say(String.format(
                Locale.ROOT,
                "Java: %s; %d cores; %.1f GB of memory, %.1f GB for the Java heap",
                java,
                machine.availableProcessors(),
                memory / 1e9,
                machine.maxMemory() / 1e9));
        Optional<String> problem = NativeCache.problem();
        String libraries = problem.orElseGet(() ->
                NativeCache.folder() + ", " + (NativeCache.folder().toFile().getUsableSpace() >> 20) + " MiB free");
        say("Native libraries: " + libraries);
        List<FoundBackend> backends = new ArrayList<>();
        for (BackendProvider provider : Backends.providers()) {
            Probe probe = provider.probe();
            Map<String, String> operations = probe.available() ? operations(provider) : Map.of();
            backends.add(
                    new FoundBackend(provider.name(), probe.available(), probe.detail(), probe.remedy(), operations));
            say("Backend " + provider.name() + ": " + (probe.available() ? "available, " : "not available, ")
                    + probe.detail() + (probe.remedy().isEmpty() ? "" : ". " + probe.remedy()));
            operations.forEach((operation, implementation) -> say("  " + operation + ": " + implementation));
            for (BackendOption option : provider.options()) {
                say(String.format(
                        "  tandem.%s.%s (%s, default %s): %s",
                        provider.name(),
                        option.name(),
                        option.values(),
                        option.text(option.defaultValue()),
                        option.description()));
            }
        }
        sayRecipes();
        List<String> notes = notes(machine.availableProcessors(), System.getenv());
        notes.forEach(note -> say("Note: " + note));
        answer(new DoctorResult(
                java, machine.availableProcessors(), memory, machine.maxMemory(), libraries, backends, notes));
        return ExitStatus.OK;
    }

    /** What serves the heavy operations; a library that loads need not be good at them. */
    private Map<String, String> operations(BackendProvider provider) {
        try {
            return HeavyOperations.of(provider);
        } catch (TandemException e) {
            return Map.of("operations", e.getMessage());
        }
    }

    private void sayRecipes() {
        for (RecipeProvider provider : RecipeProvider.all()) {
            say("Recipe " + provider.name() + (provider.options().isEmpty() ? "" : ":"));
            RecipeSettings settings = RecipeSettings.defaults(provider);
            for (RecipeOption option : provider.options()) {
                say(String.format(
                        "  %s (%d to %d, default %d): %s",
                        settings.key(option.name()),
                        option.minimum(),
                        option.maximum(),
                        option.defaultValue(),
                        option.description()));
            }
        }
    }

    /** What makes a machine of {@code cores} cores with this environment slow, or its answers wrong. */
    static List<String> notes(int cores, Map<String, String> environment) {
        List<String> notes = new ArrayList<>();
        if (cores == 1) {
            notes.add("only one core: decoding and computing take turns");
        }
        if (!hasAvx2()) {
            notes.add("no AVX2: convolutions will take several times as long");
        }
        for (String limit : List.of("OMP_NUM_THREADS", "OMP_THREAD_LIMIT")) {
            String value = environment.get(limit);
            if (value != null && !value.equals(Integer.toString(cores))) {
                notes.add(limit + "=" + value + " on " + cores + " cores: unset it");
            }
        }
        if (Charset.forName(System.getProperty("sun.jnu.encoding")).equals(StandardCharsets.US_ASCII)) {
            notes.add("Java reads the names of files as ASCII, so that other letters are lost: set LC_ALL=C.UTF-8");
        }
        if ("active".equalsIgnoreCase(environment.get("OMP_WAIT_POLICY"))) {
            notes.add("OMP_WAIT_POLICY=active: idle compute threads take the cores from decoding; unset it");
        }
        if (environment.containsKey("GOMP_SPINCOUNT")) {
            notes.add("GOMP_SPINCOUNT=" + environment.get("GOMP_SPINCOUNT")
                    + ": idle compute threads spin so often before they give up their core; unset it");
        }
        for (String pinning : List.of("GOMP_CPU_AFFINITY", "OMP_PLACES")) {
            if (environment.containsKey(pinning)) {
                notes.add(pinning + "=" + environment.get(pinning)
                        + ": compute threads are pinned and may share cores; unset it");
            }
        }
        return notes;
    }

    private static boolean hasAvx2() {
        try {
            return !Files.isReadable(CPU_FACTS)
                    || !System.getProperty("os.arch").equals("amd64")
                    || Files.readString(CPU_FACTS).contains(" avx2 ");
        } catch (IOException e) {
            return true;
        }
    }
}
