package dev.tandem.spark.inference;

import dev.tandem.imagenet.io.Sha256;
import dev.tandem.run.RunFolder;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * The files of a trained model on their way to executors: in slices, so that neither a message nor an array becomes too
 * large.
 *
 * @param id of these files and settings, a checksum
 * @param settings HOCON that is stronger than the model's own settings
 * @param isRun whether the files are those of a run
 */
record SentModel(String id, String settings, boolean isRun, List<SentFile> files) implements Serializable {
    private static final int SLICE = 1 << 26;
    private static final String CUDA = "cuda";

    private record SentFile(String name, List<Broadcast<byte[]>> slices) implements Serializable {}

    /** Sends a model. */
    static SentModel send(JavaSparkContext spark, DriverModel model, String settings) {
        MessageDigest digest = Sha256.digest();
        List<SentFile> files = new ArrayList<>();
        for (Map.Entry<String, Path> file : model.files().entrySet()) {
            digest.update(file.getKey().getBytes(StandardCharsets.UTF_8));
            List<Broadcast<byte[]>> slices = new ArrayList<>();
            try (InputStream in = Files.newInputStream(file.getValue())) {
                for (byte[] slice = in.readNBytes(SLICE); slice.length > 0; slice = in.readNBytes(SLICE)) {
                    digest.update(slice);
                    slices.add(spark.broadcast(slice));
                }
            } catch (IOException e) {
                throw TandemException.failure(
                        ErrorCode.INPUT_OUTPUT,
                        "send the model to executors",
                        file.getValue() + " cannot be read: " + e,
                        "See that you may read it, and that the disk is in order",
                        e);
            }
            files.add(new SentFile(file.getKey(), slices));
        }
        digest.update(settings.getBytes(StandardCharsets.UTF_8));
        return new SentModel(Sha256.hex(digest), settings, model.run().isPresent(), files);
    }

    /**
     * Writes the files into an empty folder of this executor.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) if there is no room for them, or they are not what was sent
     */
    void writeTo(Path folder) {
        MessageDigest digest = Sha256.digest();
        try {
            for (SentFile file : files) {
                digest.update(file.name.getBytes(StandardCharsets.UTF_8));
                Path path = folder.resolve(file.name);
                Files.createDirectories(path.getParent());
                try (OutputStream out = new DigestOutputStream(Files.newOutputStream(path), digest)) {
                    for (Broadcast<byte[]> slice : file.slices) {
                        out.write(slice.value());
                    }
                }
            }
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "model of an executor",
                    "it cannot be written to " + folder + ": " + e,
                    "Make room there, or set spark.local.dir to a disk that has some",
                    e);
        }
        digest.update(settings.getBytes(StandardCharsets.UTF_8));
        String found = Sha256.hex(digest);
        if (!found.equals(id)) {
            throw TandemException.of(
                    ErrorCode.INPUT_OUTPUT,
                    "model of an executor",
                    "what has arrived is not what was sent",
                    found,
                    id,
                    "");
        }
    }

    /**
     * The settings to use the model with on this executor.
     *
     * @param folder where its files are
     * @param threads of the CPU, unless the settings have others
     * @param gpus that Spark gives the task; the first is used, unless the settings choose devices
     */
    TandemConfig configuration(Path folder, int threads, List<String> gpus) {
        TandemConfig written =
                sources(folder, Map.of("tandem.cpu.threads", threads), gpus).load();
        boolean takesGpu = !gpus.isEmpty()
                && written.backend().equals(Optional.of(CUDA))
                && written.placement().devices().isEmpty()
                && written.placement().isSingle();
        return takesGpu
                ? sources(folder, Map.of("tandem.placement.devices", gpus.subList(0, 1)), gpus)
                        .load()
                : written;
    }

    private ConfigSources sources(Path folder, Map<String, ?> decided, List<String> gpus) {
        ConfigSources sources = new ConfigSources().addText(settings).add("executor", decided);
        if (isRun) {
            new RunFolder(folder).addTo(sources);
        }
        return sources.defaults(
                Map.of("tandem.backend", gpus.isEmpty() ? "cpu" : CUDA, "tandem.auto-order", List.of(CUDA, "cpu")));
    }
}
