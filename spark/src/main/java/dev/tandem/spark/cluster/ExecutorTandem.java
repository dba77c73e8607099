package dev.tandem.spark.cluster;

import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfigSources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.TaskContext;

public final class ExecutorTandem {
    private static String text = "";
    private static Tandem tandem;

    private ExecutorTandem() {}

    public static synchronized Tandem of(String configuration) {
        if (tandem == null || !text.equals(configuration)) {
            if (tandem != null) {
                tandem.close();
            }
            try {
                Path file = Files.createTempFile("tandem", ".conf");
                Files.writeString(file, configuration);
                tandem = Tandem.configure(new ConfigSources()
                        .add(
                                "executor",
                                Map.of("tandem.cpu.threads", TaskContext.get().cpus()))
                        .addRun(file)
                        .load());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            text = configuration;
        }
        return tandem;
    }
}
