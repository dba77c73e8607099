package dev.tandem.imagenet.shard;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.layout.BadFile;
import dev.tandem.imagenet.layout.ImageClass;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a folder of shards holds: {@code manifest.json}. It has neither times nor places, so that equal packings
 * are equal files.
 *
 * @param format always {@value #FORMAT}
 * @param version always {@value #VERSION}
 * @param source what was packed, for people
 * @param plan a SHA-256 over everything that decides the shards: the listing of the source, the options, the decoder
 * @param options what the images look like
 * @param classes in the order of their labels
 * @param shards in order, those of train first
 * @param statistics of the training images, before JPEG coding; absent if there are none
 * @param quarantined the files that are no usable images
 * @param odd the files that are used though something is unusual about them
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Manifest(
        String format,
        int version,
        String source,
        String plan,
        PackOptions options,
        List<PackedClass> classes,
        List<Shard> shards,
        Statistics statistics,
        List<Note> quarantined,
        List<Note> odd) {
    public static final String FORMAT = "tandem-shards";
    public static final int VERSION = 1;
    public static final String FILE = "manifest.json";

    private static final long MAXIMUM_BYTES = 1 << 28;
    private static final Pattern SHARD = Pattern.compile("(train|val|test)-\\d{5,7}\\.tar");
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /**
     * A class and how many packed images it has.
     *
     * @param ilsvrcId absent if there is none
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record PackedClass(String name, String words, Integer ilsvrcId, int train, int val, int test) {
        public PackedClass {
            requireSound("class", name != null && !name.isEmpty() && train >= 0 && val >= 0 && test >= 0, name);
        }

        /** A class with its numbers of images. */
        public static PackedClass of(ImageClass known, int train, int val, int test) {
            Integer id = known.ilsvrcId().isPresent() ? known.ilsvrcId().getAsInt() : null;
            return new PackedClass(known.name(), known.words(), id, train, val, test);
        }
    }

    /**
     * A tar and its index.
     *
     * @param split train, val or test
     */
    public record Shard(
            String file, String split, int images, long bytes, String sha256, String index, String indexSha256) {
        public Shard {
            // Names are part of paths: nothing but our own is looked for.
            requireSound(
                    "shard",
                    file != null
                            && SHARD.matcher(file).matches()
                            && file.startsWith(split + "-")
                            && ShardIndex.nameOf(file).equals(index)
                            && images >= 0
                            && bytes >= 0
                            && sha256 != null
                            && indexSha256 != null,
                    file);
        }
    }

    /** The file of the statistics, and their main numbers: on the scale 0 to 255, channels red, green, blue. */
    public record Statistics(
            String file,
            String sha256,
            long images,
            List<Double> mean,
            List<Double> eigenvalues,
            List<List<Double>> eigenvectors) {
        public Statistics {
            requireSound("statistics", Packer.STATISTICS.equals(file) && sha256 != null && images >= 0, file);
        }
    }

    /** Something about a file. */
    public record Note(String split, String file, String reason) {
        public Note {
            requireSound("note", split != null && file != null && reason != null, file);
        }

        /** A note on a file of {@code set}, the images of {@code split}. */
        public static Note of(BadFile bad, Split split, ImageFiles set) {
            return new Note(split.folder(), set.withoutSet(bad.path()), bad.reason());
        }
    }

    private static void requireSound(String what, boolean sound, String got) {
        if (!sound) {
            throw TandemException.argument(
                    "manifest",
                    "a " + what + " with something missing or impossible",
                    got,
                    "one that packing has written",
                    "Pack again, or copy the folder again");
        }
    }

    /** How many images a split has. */
    public long images(Split split) {
        return shardsOf(split).stream().mapToLong(Shard::images).sum();
    }

    /** How many images had an EXIF orientation other than upright; {@link PackOptions} has what was done about it. */
    public long turned() {
        return odd.stream()
                .filter(note -> ImageInfo.orientationOf(note.reason()) != 1)
                .count();
    }

    /** The shards of a split. */
    public List<Shard> shardsOf(Split split) {
        return shards.stream()
                .filter(shard -> shard.split().equals(split.folder()))
                .toList();
    }

    public void write(Path directory) throws IOException {
        AtomicFile.write(directory.resolve(FILE), JSON.writeValueAsBytes(this));
    }

    /**
     * Reads a folder's manifest, if it has one.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when it is damaged or of another version
     */
    static Optional<Manifest> read(Path directory) {
        Path path = directory.resolve(FILE);
        if (!Files.isRegularFile(path)) {
            return Optional.empty();
        }
        try {
            if (Files.size(path) > MAXIMUM_BYTES) {
                throw new IOException("it is longer than " + MAXIMUM_BYTES + " bytes");
            }
            Manifest manifest = JSON.readValue(Files.readAllBytes(path), Manifest.class);
            if (manifest == null) {
                throw new IOException("it is null");
            }
            manifest.check();
            return Optional.of(manifest);
        } catch (JsonProcessingException e) {
            String wrong = e.getCause() instanceof TandemException cause ? cause.getMessage() : e.getOriginalMessage();
            throw damaged(path, wrong, e);
        } catch (IOException e) {
            throw damaged(path, e.getMessage(), e);
        }
    }

    private void check() throws IOException {
        if (!FORMAT.equals(format) || version != VERSION) {
            throw new IOException("it is of format " + format + ", version " + version);
        }
        if (plan == null
                || options == null
                || classes == null
                || shards == null
                || quarantined == null
                || odd == null
                || Stream.of(classes, shards, quarantined, odd)
                        .flatMap(List::stream)
                        .anyMatch(Objects::isNull)) {
            throw new IOException("something is missing in it");
        }
        if (classes.stream().map(PackedClass::name).distinct().count() < classes.size()) {
            throw new IOException("two classes have one name");
        }
    }

    private static TandemException damaged(Path path, String wrong, Exception e) {
        return TandemException.failure(
                ErrorCode.INVALID_DATA,
                "shards",
                path + " cannot be used: " + wrong,
                "Pack again, or copy the folder again",
                e);
    }
}
