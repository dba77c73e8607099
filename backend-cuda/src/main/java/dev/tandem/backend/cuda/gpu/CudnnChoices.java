package dev.tandem.backend.cuda.gpu;

import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which algorithm computes each convolution on one kind of card with one version of cuDNN: the fastest, as measured
 * once and kept in a file of the user's cache folder. Algorithms differ in the last bits of their results, so a run
 * that is resumed must find the same ones. Where they cannot be kept, none is measured: it is the first one in cuDNN's
 * own order, which is the same each time.
 *
 * <p>Devices of one backend share an object, and measure one after another. Of processes that measure at once, the
 * first one to finish decides for all.
 */
public final class CudnnChoices {
    private static final Logger LOG = LoggerFactory.getLogger(CudnnChoices.class);
    private static final int MOST_BYTES = 1 << 20;
    private static final String SEPARATOR = " = ";
    private static final String CARD = "card";
    private static final String VERSION = "cudnn";
    private static final String BEGINNING =
            "# The fastest algorithms of cuDNN, as measured by Tandem. Without this file they are measured again, and a"
                    + " run that is resumed then may differ in its last bits.\n";

    /** Locks of one file exclude processes, but not the threads of one. */
    private static final Object IN_THIS_PROCESS = new Object();

    private final Optional<Path> file;
    private final Map<String, String> machine;
    /** What was read and found so far; null before the first choice. */
    private Map<String, String> known;

    private boolean measured;

    /** Runs an algorithm. */
    interface Trial {
        /**
         * How long it took; empty if it cannot compute this convolution.
         *
         * @throws TandemException ({@link ErrorCode#OUT_OF_MEMORY}) if there is no memory for it now
         */
        OptionalLong nanos(String algorithm);

        /** Whether it can compute this convolution; as {@link #nanos}, but need not be measured. */
        default boolean works(String algorithm) {
            return nanos(algorithm).isPresent();
        }
    }

    /**
     * The choices kept in {@code folder}; it is not read before the first one is needed.
     *
     * @param folder empty if there is no such place
     * @param card the kind of card
     * @param cudnn cuDNN, loaded
     */
    public CudnnChoices(Optional<Path> folder, String card, Library.State cudnn) {
        String version = cudnn.description();
        machine = Map.of(CARD, card, VERSION, version);
        UUID hash = UUID.nameUUIDFromBytes((card + "\n" + version).getBytes(StandardCharsets.UTF_8));
        file = folder.map(path -> path.resolve("cudnn-" + hash.toString().substring(0, 8) + ".txt"));
    }

    /**
     * The algorithm for {@code convolution}; empty if none of {@code algorithms} can compute it.
     *
     * @param convolution everything that tells it from others, in a line
     * @param algorithms in cuDNN's order
     * @throws TandemException ({@link ErrorCode#OUT_OF_MEMORY}) if there is no memory for the one that is kept, or for
     *     any that could be
     */
    synchronized Optional<String> choose(String convolution, List<String> algorithms, Trial trial) {
        if (known == null) {
            known = read();
        }
        String kept = known.get(convolution);
        if (kept != null) {
            if (algorithms.contains(kept) && trial.works(kept)) {
                return Optional.of(kept);
            }
            LOG.warn("{}: {} cannot compute {}, which is measured again", file.orElseThrow(), kept, convolution);
        }
        if (file.isPresent()) {
            Optional<String> fastest = fastest(algorithms, trial);
            if (fastest.isEmpty()) {
                return fastest;
            }
            Optional<String> agreed = keep(convolution, fastest.get(), kept);
            if (agreed.isPresent()) {
                return agreed.filter(algorithms::contains).or(() -> fastest);
            }
        }
        return algorithms.stream().filter(trial::works).findFirst();
    }

    private Optional<String> fastest(List<String> algorithms, Trial trial) {
        if (!measured) {
            measured = true;
            LOG.info("cuDNN's algorithms are measured once for each convolution, and kept in {}", file.orElseThrow());
        }
        String best = null;
        long shortest = Long.MAX_VALUE;
        TandemException outOfMemory = null;
        for (String algorithm : algorithms) {
            try {
                OptionalLong nanos = trial.nanos(algorithm);
                if (nanos.isPresent() && nanos.getAsLong() < shortest) {
                    shortest = nanos.getAsLong();
                    best = algorithm;
                }
            } catch (TandemException e) {
                if (e.code() != ErrorCode.OUT_OF_MEMORY) {
                    throw e;
                }
                outOfMemory = e;
            }
        }
        if (best == null && outOfMemory != null) {
            throw outOfMemory;
        }
        return Optional.ofNullable(best);
    }

    /**
     * Keeps a choice in place of {@code wrong}, which may be null. Returns what is kept, which may be the choice of
     * another process; empty if nothing can be kept.
     */
    private Optional<String> keep(String convolution, String algorithm, String wrong) {
        Path path = file.orElseThrow();
        try {
            Files.createDirectories(path.getParent());
            synchronized (IN_THIS_PROCESS) {
                try (FileChannel channel = FileChannel.open(
                                path.resolveSibling(path.getFileName() + ".lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE,
                                LinkOption.NOFOLLOW_LINKS);
                        FileLock lock = channel.lock()) {
                    known.putAll(read());
                    if (Objects.equals(known.get(convolution), wrong)) {
                        known.put(convolution, algorithm);
                        write(path);
                    }
                }
            }
            return Optional.of(known.get(convolution));
        } catch (IOException | TandemException e) {
            known.remove(convolution);
            LOG.warn("cuDNN's own order chooses its algorithms, as {} cannot be written: {}", path, e.toString());
            return Optional.empty();
        }
    }

    private void write(Path path) throws IOException {
        StringBuilder text = new StringBuilder(BEGINNING);
        List.of(machine, known)
                .forEach(lines -> new TreeMap<>(lines)
                        .forEach((name, value) -> text.append(name)
                                .append(SEPARATOR)
                                .append(value)
                                .append('\n')));
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MOST_BYTES) {
            throw new IOException("it is full; delete it");
        }
        AtomicFile.write(path, bytes);
    }

    /** The choices in the file; none if it is none of ours, of another machine, or damaged. */
    private Map<String, String> read() {
        Map<String, String> read = new HashMap<>();
        if (file.isEmpty() || !Files.exists(file.get(), LinkOption.NOFOLLOW_LINKS)) {
            return read;
        }
        Path path = file.get();
        try {
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException("it is no regular file");
            }
            byte[] bytes;
            try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
                bytes = in.readNBytes(MOST_BYTES);
            }
            for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
                int middle = line.indexOf(SEPARATOR);
                if (middle > 0 && !line.startsWith("#")) {
                    read.put(line.substring(0, middle), line.substring(middle + SEPARATOR.length()));
                }
            }
            for (Map.Entry<String, String> entry : machine.entrySet()) {
                String written = read.remove(entry.getKey());
                if (!entry.getValue().equals(written)) {
                    throw new IOException("its " + entry.getKey() + " is " + written + ", not " + entry.getValue());
                }
            }
            return read;
        } catch (IOException e) {
            LOG.warn("cuDNN's algorithms are measured again, as {} cannot be used: {}", path, e.getMessage());
            return new HashMap<>();
        }
    }
}
