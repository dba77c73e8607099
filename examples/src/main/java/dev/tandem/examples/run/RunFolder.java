package dev.tandem.examples.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.imagenet.BadFile;
import dev.tandem.imagenet.EscapedText;
import dev.tandem.imagenet.TrainingStatistics;
import dev.tandem.nn.checkpoint.AtomicFile;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run leaves: {@code config.conf}, {@code classes.txt}, {@code statistics.bin} (of the training images),
 * {@code log.jsonl} (a line an epoch), {@code checkpoints/*.safetensors}, {@code curves.png}, {@code kernels.png}, and
 * {@code bad-files.txt} when images were skipped.
 *
 * @param path where it is
 */
public record RunFolder(Path path) {
    private static final Logger LOG = LoggerFactory.getLogger(RunFolder.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The folder at {@code path}, absolute. */
    public RunFolder {
        path = path.toAbsolutePath().normalize();
    }

    /**
     * A folder for a new run, which may be there already but holds no run.
     *
     * @throws TandemException when it holds a run, or cannot be written
     */
    public static RunFolder create(Path path) {
        RunFolder run = new RunFolder(path);
        if (Files.exists(run.config()) || Files.exists(run.checkpoints())) {
            throw TandemException.of(
                    ErrorCode.INVALID_ARGUMENT,
                    "run folder " + path,
                    "it holds a run",
                    "a folder with " + (Files.exists(run.config()) ? "config.conf" : "checkpoints"),
                    "a new or empty one",
                    "Continue that run with --resume, or choose another folder with --run");
        }
        try {
            Files.createDirectories(run.path);
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "run folder " + path,
                    "it cannot be made: " + e,
                    "Choose a place that may be written with --run",
                    e);
        }
        return run;
    }

    /**
     * The folder of a run that is there.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) when there is none
     */
    public static RunFolder existing(Path path) {
        RunFolder run = new RunFolder(path);
        if (!Files.isRegularFile(run.config())) {
            throw TandemException.of(
                    ErrorCode.INVALID_ARGUMENT,
                    "run folder " + path,
                    "no run is there",
                    Files.isDirectory(path) ? "a folder without config.conf" : "no such folder",
                    "the folder of a run",
                    "Pass the folder that ./tandem train has written");
        }
        return run;
    }

    /** The configuration of the run. */
    public Path config() {
        return path.resolve("config.conf");
    }

    private Path checkpoints() {
        return path.resolve("checkpoints");
    }

    /** The file of the checkpoint called {@code name}. */
    public Path checkpoint(String name) {
        return checkpoints().resolve(name + ".safetensors");
    }

    /** The file of the numbered checkpoint after {@code epoch} epochs. */
    public Path checkpoint(int epoch) {
        return checkpoint(String.format(Locale.ROOT, "epoch-%05d", epoch));
    }

    /** The checkpoints that are there, in the order in which resuming tries them: last, numbered (newest first), best. */
    public List<Path> checkpointsToResume() {
        List<Path> found = new ArrayList<>(List.of(checkpoint("last")));
        if (Files.isDirectory(checkpoints())) {
            try (Stream<Path> files = Files.list(checkpoints())) {
                files.filter(file -> file.getFileName().toString().matches("epoch-[0-9]+\\.safetensors"))
                        .sorted(Comparator.reverseOrder())
                        .forEach(found::add);
            } catch (IOException e) {
                throw failure(checkpoints(), "cannot be listed", e);
            }
        }
        found.add(checkpoint("best"));
        return found.stream().filter(Files::exists).toList();
    }

    /** Writes what a run is described by. */
    public void describe(
            String config, List<String> classNames, TrainingStatistics statistics, List<BadFile> badFiles) {
        writeText(path.resolve("classes.txt"), lines(classNames.stream()));
        statistics.write(statistics());
        if (!badFiles.isEmpty()) {
            writeText(path.resolve("bad-files.txt"), lines(badFiles.stream().map(BadFile::toString)));
        }
        writeConfig(config); // last: with it the folder holds a run
    }

    /** A line each, whatever is in a name. */
    private static String lines(Stream<String> texts) {
        return texts.map(text -> EscapedText.write(text) + "\n").collect(Collectors.joining());
    }

    /** The classes, in the order of their labels. */
    public List<String> classNames() {
        Path file = path.resolve("classes.txt");
        try {
            return Files.readAllLines(file).stream().map(EscapedText::read).toList();
        } catch (IOException e) {
            throw failure(file, "cannot be read", e);
        }
    }

    /** The file of the training images' statistics. */
    public Path statistics() {
        return path.resolve("statistics.bin");
    }

    /** Brings log and events to where {@code state} stands, which may be before what they hold. */
    public void writeLog(TrainingState state) {
        writeText(log(), state.history().stream().map(RunFolder::line).collect(Collectors.joining()));
        if (!state.events().isEmpty()) {
            writeText(events(), state.events().stream().map(RunFolder::line).collect(Collectors.joining()));
        }
    }

    private Path log() {
        return path.resolve("log.jsonl");
    }

    /** Replaces the configuration. */
    public void writeConfig(String config) {
        writeText(config(), config);
    }

    /** Appends something that was changed by hand to {@code events.jsonl}. */
    public void appendEvent(RunEvent event) {
        append(events(), line(event));
    }

    private Path events() {
        return path.resolve("events.jsonl");
    }

    /** Asks the process that trains here, or the next one that resumes, to change the learning rate. */
    public void requestRate(double rate) {
        writeText(requestedRate(), Double.toString(rate));
    }

    /** Takes the rate that somebody asked for, where there is one. */
    OptionalDouble takeRequestedRate() {
        Path file = requestedRate();
        if (!Files.exists(file)) {
            return OptionalDouble.empty();
        }
        try {
            String text = Files.readString(file).strip();
            Files.delete(file);
            return OptionalDouble.of(Double.parseDouble(text));
        } catch (IOException e) {
            throw failure(file, "cannot be read", e);
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    private Path requestedRate() {
        return path.resolve("requested-rate.txt");
    }

    /** Appends an epoch to the log. */
    public void appendLog(EpochRecord epoch) {
        append(log(), line(epoch));
    }

    private static String line(Object record) {
        try {
            return JSON.writeValueAsString(record) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a plain record", e);
        }
    }

    private static void append(Path file, String text) {
        try {
            Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw failure(file, "cannot be written", e);
        }
    }

    private static void writeText(Path file, String text) {
        AtomicFile.write(file, channel -> {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /** The file of the picture called {@code name}. */
    public Path picture(String name) {
        return path.resolve(name + ".png");
    }

    /**
     * Draws a picture and writes it, {@code name}.png. Neither a run nor its figures must be lost for it: what cannot be
     * drawn (on a machine without fonts, say) or written is a warning.
     *
     * @return whether it was written
     */
    public boolean writePicture(String name, Supplier<BufferedImage> drawing) {
        try {
            BufferedImage drawn = drawing.get();
            AtomicFile.write(picture(name), channel -> ImageIO.write(drawn, "png", Channels.newOutputStream(channel)));
            return true;
        } catch (RuntimeException | LinkageError | OutOfMemoryError | InternalError e) {
            LOG.warn("The picture {} is missing: {}", picture(name), e instanceof TandemException ? e.getMessage() : e);
            return false;
        }
    }

    private static TandemException failure(Path file, String wrong, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "run folder",
                file + " " + wrong + ": " + e,
                "Check its permissions and the disk",
                e);
    }
}
