package dev.tandem.run;

import dev.tandem.imagenet.layout.BadFile;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run leaves: {@code config.conf}, {@code classes.txt}, {@code statistics.bin} (of the training images),
 * {@code log.jsonl} (a line an epoch), {@code events.jsonl} (a line a change by hand), {@code progress.json} ({@link
 * RunProgress}), {@code checkpoints/*.safetensors}, {@code curves.png}, {@code kernels.png}, {@code bad-files.txt} when
 * images were skipped, and {@code tensorboard/} if that is set.
 *
 * @param path where it is
 */
public record RunFolder(Path path) {
    private static final Logger LOG = LoggerFactory.getLogger(RunFolder.class);
    private static final int MOST_CLASS_BYTES = 1 << 24;
    private static final int MOST_RATE_BYTES = 100;

    /** The folder at {@code path}, absolute. */
    public RunFolder {
        path = path.toAbsolutePath().normalize();
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

    /**
     * Keeps the folder to this process while it trains.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) when another process trains here
     */
    public FolderLock lock() {
        return FolderLock.acquire(lockFile(), "train");
    }

    /** The process that trains here now. */
    public Optional<FolderLock.Holder> trainer() {
        return FolderLock.holder(lockFile(), "rate");
    }

    private Path lockFile() {
        return path.resolve("run.lock");
    }

    /**
     * Checks that the folder, which this process has locked, is still there.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) if it was removed or moved
     */
    public void requireThere() {
        // Both: a folder in its place may be another's.
        if (!Files.exists(config()) || !Files.exists(lockFile())) {
            throw TandemException.of(
                    ErrorCode.INPUT_OUTPUT,
                    "run folder " + path,
                    "it was removed or moved while the run went on",
                    "no " + (Files.exists(config()) ? lockFile() : config()).getFileName(),
                    "the folder as the run began it",
                    "Move it back and continue with --resume, or train again");
        }
    }

    /** The file of the run's configuration. */
    public Path config() {
        return path.resolve("config.conf");
    }

    /** The run's configuration, to resume it or to use its model. */
    public TandemConfig configuration() {
        return configuration("");
    }

    /**
     * The run's configuration, with HOCON text over it.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for anything wrong in it
     */
    public TandemConfig configuration(String hocon) {
        return addTo(new ConfigSources().addText(hocon)).load();
    }

    /** Adds the run's configuration to {@code sources}; runs from before there was a setting do as they did. */
    public ConfigSources addTo(ConfigSources sources) {
        return sources.addRun(config())
                .defaults(Map.of("tandem.images.orientation", "ignore", "tandem.images.resize", "shorter-side"));
    }

    Path checkpoints() {
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

    /**
     * The checkpoints that are there, in the order in which resuming tries them: last, numbered (newest first), best.
     */
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
        List<String> names =
                plainText(file, MOST_CLASS_BYTES).lines().map(EscapedText::read).toList();
        Set<String> distinct = new HashSet<>(names);
        if (names.size() < 2 || distinct.size() < names.size() || distinct.contains("")) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "read " + file,
                    "no list of classes",
                    names.size() + " lines, " + distinct.size() + " of them different",
                    "two or more different names, a line each",
                    "Copy the run again");
        }
        return names;
    }

    /** The text of a small file that may be a stranger's. */
    private static String plainText(Path file, int mostBytes) {
        if (!Files.isRegularFile(file)) { // opening a pipe would wait for its writer
            throw TandemException.of(
                    ErrorCode.INVALID_DATA, "read " + file, "no plain file", file, "a text file", "Copy the run again");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(mostBytes + 1);
            if (bytes.length > mostBytes) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "read " + file,
                        "it is too long",
                        "more than " + mostBytes + " bytes",
                        "at most " + mostBytes,
                        "Copy the run again");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (IOException e) {
            throw failure(file, "cannot be read", e);
        }
    }

    /**
     * Checks that the folder's own folder of checkpoints is none of somewhere else, before anything is written there.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if it is a symbolic link
     */
    public void requireOwnCheckpoints() {
        if (Files.isSymbolicLink(checkpoints())) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "run folder " + path,
                    "checkpoints is a symbolic link, and nothing is written through one",
                    "a link",
                    "a folder",
                    "Put the folder that it leads to in its place");
        }
    }

    /** The file of the training images' statistics. */
    public Path statistics() {
        return path.resolve("statistics.bin");
    }

    /**
     * Removes what {@link #describe} has written of a run that cannot begin, and the folder if nothing else is in it.
     */
    public void withdraw() {
        try {
            for (String name : List.of(
                    "config.conf",
                    "classes.txt",
                    "statistics.bin",
                    "bad-files.txt",
                    RunProgress.FILE,
                    RunProgress.TEMPORARY,
                    "run.lock")) {
                Files.deleteIfExists(path.resolve(name));
            }
            Files.delete(path);
        } catch (DirectoryNotEmptyException holdsOthers) {
            return;
        } catch (IOException e) {
            LOG.warn("{} could not be removed: {}", path, e.toString());
        }
    }

    /** Its log of epochs and events. */
    RunLog log() {
        return new RunLog(path);
    }

    /** Replaces the configuration. */
    public void writeConfig(String config) {
        writeText(config(), config);
    }

    /** Asks the process that trains here to change the learning rate. */
    public void requestRate(double rate) {
        writeText(requestedRate(), Double.toString(rate));
    }

    /** Takes the learning rate that was requested, if there is one. */
    OptionalDouble takeRequestedRate() {
        Path file = requestedRate();
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return OptionalDouble.empty();
        }
        try {
            String text = plainText(file, MOST_RATE_BYTES).strip();
            double rate = Double.parseDouble(text);
            if (rate > 0 && rate < Double.POSITIVE_INFINITY) {
                return OptionalDouble.of(rate);
            }
            LOG.warn("{}: ignored, as {} is no finite number above 0", file, rate);
        } catch (TandemException | NumberFormatException e) {
            LOG.warn("{}: ignored, as it is no number: {}", file, e.getMessage());
        } finally {
            delete(file);
        }
        return OptionalDouble.empty();
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw failure(file, "cannot be removed", e);
        }
    }

    private Path requestedRate() {
        return path.resolve("requested-rate.txt");
    }

    static void writeText(Path file, String text) {
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
     * Draws a picture and writes it, {@code name}.png. Neither a run nor its figures must be lost for it: what cannot
     * be drawn (on a machine without fonts, say) or written is a warning.
     *
     * @return whether it was written
     */
    public boolean writePicture(String name, Supplier<BufferedImage> drawing) {
        try {
            BufferedImage drawn = drawing.get();
            AtomicFile.write(picture(name), channel -> ImageIO.write(drawn, "png", Channels.newOutputStream(channel)));
            return true;
        } catch (RuntimeException | LinkageError | OutOfMemoryError | InternalError e) {
            LOG.warn(
                    "The picture {} is missing: {}",
                    picture(name),
                    e instanceof TandemException ? e.getMessage() : e.toString());
            return false;
        }
    }

    static TandemException failure(Path file, String wrong, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "run folder",
                file + " " + wrong + ": " + e,
                "See that you may read and write the folder, and that the disk has room",
                e);
    }
}
