package dev.tandem.imagenet.layout.archive;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A development kit, as published (a gzipped tar) or unpacked.
 *
 * @param synsets the hierarchy of {@code meta.mat}
 * @param validationTruth the ILSVRC ids of the validation images, by ascending file name; absent if the kit has none
 */
public record Devkit(Synsets synsets, Optional<List<Integer>> validationTruth) {
    private static final int MAXIMUM_FILE = 1 << 23;
    private static final long MAXIMUM_UNPACKED = 1L << 26;

    /**
     * Reads a development kit.
     *
     * @param place the archive, or the folder it was unpacked to
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when files are missing or damaged
     */
    public static Devkit read(Path place, int year) {
        String truthName = "ILSVRC" + year + "_validation_ground_truth.txt";
        Map<String, byte[]> files = new HashMap<>();
        try {
            if (Files.isDirectory(place)) {
                readFolder(place, files, List.of("meta.mat", truthName));
            } else {
                readArchive(place, files, List.of("meta.mat", truthName));
            }
        } catch (IOException | UncheckedIOException e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    "development kit " + place,
                    "it is damaged: " + e.getMessage(),
                    "Compare its checksum with the published one, and download it again",
                    e);
        }
        byte[] meta = files.get("meta.mat");
        if (meta == null) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "development kit " + place,
                    "a file is missing",
                    "no meta.mat",
                    "data/meta.mat",
                    "Use the official development kit of " + year);
        }
        return new Devkit(
                MetaMat.read(meta, year),
                Optional.ofNullable(files.get(truthName)).map(truth -> ids(truthName, truth)));
    }

    /** The ids of a ground truth file, one a line. */
    public static List<Integer> groundTruth(Path file) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAXIMUM_FILE) {
                throw new IOException("it is missing, no plain file, or longer than " + MAXIMUM_FILE + " bytes");
            }
            return ids(file.toString(), Files.readAllBytes(file));
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "ground truth " + file,
                    "it cannot be read: " + e,
                    "Use the official file",
                    e);
        }
    }

    private static List<Integer> ids(String name, byte[] text) {
        try {
            return new String(text, StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .map(line -> Integer.valueOf(line.strip()))
                    .toList();
        } catch (NumberFormatException e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    "ground truth " + name,
                    "a line is no number: " + e.getMessage(),
                    "Use the official file: one ILSVRC id a line",
                    e);
        }
    }

    private static void readFolder(Path folder, Map<String, byte[]> files, List<String> wanted) throws IOException {
        try (Stream<Path> inside = Files.walk(folder, 4)) {
            for (Path path : (Iterable<Path>) inside.filter(Files::isRegularFile)::iterator) {
                String name = path.getFileName().toString();
                if (wanted.contains(name)) {
                    requireShort(name, Files.size(path));
                    files.put(name, Files.readAllBytes(path));
                }
            }
        }
    }

    private static void readArchive(Path archive, Map<String, byte[]> files, List<String> wanted) throws IOException {
        if (!Files.isRegularFile(archive)) {
            throw new IOException("it is missing, or no plain file");
        }
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(archive));
                InputStream plain = new BoundedStream(new GZIPInputStream(raw), MAXIMUM_UNPACKED);
                TarArchiveInputStream tar = new TarArchiveInputStream(plain)) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                TarListing.requireSafe(entry, archive.toString());
                String name = TarListing.baseName(entry.getName());
                if (entry.isFile() && wanted.contains(name)) {
                    requireShort(name, entry.getSize());
                    byte[] bytes = tar.readNBytes((int) entry.getSize());
                    if (bytes.length < entry.getSize()) {
                        throw new IOException(name + " is cut off");
                    }
                    files.put(name, bytes);
                }
            }
            // Only at its end a gzipped stream tells whether its bytes are those that were compressed.
            plain.transferTo(OutputStream.nullOutputStream());
        } catch (IllegalArgumentException e) {
            throw new IOException("a damaged tar: " + e.getMessage(), e);
        }
    }

    private static void requireShort(String name, long length) throws IOException {
        if (length > MAXIMUM_FILE) {
            throw new IOException(name + " has " + length + " bytes, more than " + MAXIMUM_FILE);
        }
    }
}
