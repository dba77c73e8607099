package dev.tandem.spark.command;

import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.run.PackSummary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "pack",
        description =
                "Packs official archives, CIFAR's files, class folders or tars into shards by all executors: the same bytes as"
                        + " ./tandem pack. The same command again goes on after an interruption.")
final class PackCommand extends SparkSubcommand {
    @Parameters(index = "0", paramLabel = "SOURCE", description = "The folder to pack: a path that all machines see.")
    String source;

    @Parameters(index = "1", paramLabel = "OUT", description = "The folder for the shards: a path that all see.")
    String out;

    @Option(names = "--side", paramLabel = "N", defaultValue = "256", description = "The shorter side; default: 256.")
    int side;

    @Option(names = "--square", description = "Keep the centre square only; default: the whole image.")
    boolean square;

    @Option(names = "--encoding", paramLabel = "jpeg|raw", defaultValue = "jpeg", description = "Default: jpeg.")
    PackOptions.Encoding encoding;

    @Option(names = "--quality", paramLabel = "N", defaultValue = "90", description = "Of JPEG; default: 90.")
    int quality;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Chooses the order; default: 1.")
    long seed;

    @Option(
            names = "--images-per-shard",
            paramLabel = "N",
            defaultValue = "4096",
            description = "A shard is a task; default: 4096.")
    int imagesPerShard;

    @Option(
            names = "--orientation",
            paramLabel = "apply|ignore",
            description =
                    "Turn photographs upright as EXIF says, or take them as stored; default: apply, but ignore for"
                            + " ImageNet's own images.")
    @Nullable
    String orientation;

    @Option(names = "--max-pixels", paramLabel = "N", description = "An image of more is quarantined.")
    @Nullable
    Long maximumPixels;

    @Option(names = "--scaled", description = "Decode large JPEGs to a part of their size: sooner, to other pixels.")
    boolean scaled;

    @Option(names = "--val", paramLabel = "DIR", description = "A folder of classes to validate on, anywhere.")
    @Nullable
    String validation;

    @Option(
            names = "--split",
            paramLabel = "FRACTION",
            description = "Validate on this share of each class's training images, chosen by --seed; default: 0.2"
                    + " without train and val.")
    @Nullable
    Double split;

    @Option(names = "--no-validation", description = "Pack nothing to validate on.")
    boolean noValidation;

    /** The last line of {@code --json}. */
    private record PackResult(
            String folder,
            int classes,
            Map<String, Long> images,
            Map<String, Long> bytes,
            int shards,
            List<Manifest.Note> odd,
            List<Manifest.Note> quarantined) {}

    @Override
    Map<String, @Nullable Object> named() {
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        named.put("tandem.images.orientation", orientation);
        named.put("tandem.images.max-pixels", maximumPixels);
        named.put("tandem.images.scaled", scaled ? true : null);
        named.put("tandem.images.validation", validation);
        named.put("tandem.images.split", split);
        named.put("tandem.images.no-validation", noValidation ? true : null);
        return named;
    }

    @Override
    int run(SparkSession spark) {
        PackOptions options = new PackOptions(side, square, encoding, quality, seed, imagesPerShard, false);
        PackLines progress = new PackLines(this::say);
        progress.stopOnSignal();
        try {
            report(tandem(spark).pack(source, out, options, progress));
            return OK;
        } catch (CancellationException e) {
            say("Interrupted. The same command goes on where it stopped: finished shards are kept.");
            return INTERRUPTED;
        }
    }

    private void report(Manifest manifest) {
        PackSummary.lines(manifest).forEach(this::say);
        say(out + " is complete");
        PackSummary summary = PackSummary.of(manifest);
        answer(new PackResult(
                out,
                summary.classes(),
                summary.images(),
                summary.bytes(),
                summary.shards(),
                summary.odd(),
                summary.quarantined()));
    }
}
