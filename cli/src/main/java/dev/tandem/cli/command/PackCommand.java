package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.CountDisplay;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.console.ProgressDisplay;
import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.run.PackSummary;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "pack",
        description =
                "Packs official archives, CIFAR's files, class folders or tars into shards that training reads at full speed; the"
                        + " same command again goes on after an interruption.")
public final class PackCommand extends Subcommand {
    private final Interrupt interrupt;

    @Parameters(
            arity = "1..2",
            paramLabel = "SOURCE OUT",
            hideParamSyntax = true,
            description = "The folder to pack and the folder for the shards; with --verify alone, a folder of shards.")
    List<Path> folders;

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

    @Option(names = "--images-per-shard", paramLabel = "N", defaultValue = "4096", description = "Default: 4096.")
    int imagesPerShard;

    @Option(
            names = "--orientation",
            paramLabel = "apply|ignore",
            description =
                    "Turn photographs upright as EXIF says, or take them as stored; default: apply, but ignore for"
                            + " ImageNet's own images.")
    String orientation;

    @Option(names = "--apply-orientation", description = "The same as --orientation apply.")
    boolean applyOrientation;

    @Option(
            names = "--max-pixels",
            paramLabel = "N",
            defaultValue = "250000000",
            description = "An image of more is quarantined; default: 250000000.")
    long maximumPixels;

    @Option(
            names = "--scaled",
            description =
                    "Decode JPEGs whose shorter side is three times that of --side or more to a half, a quarter or an"
                            + " eighth of their size: sooner, and to slightly other pixels.")
    boolean scaled;

    @Option(names = "--workers", paramLabel = "N", description = "Decoding threads; default: one per core.")
    Integer workers;

    @Option(names = "--check-md5", description = "First compare the official archives with their published MD5 sums.")
    boolean checkMd5;

    @Option(names = "--verify", description = "At the end, or alone, read every shard again and check all of it.")
    boolean verify;

    @Option(names = "--val", paramLabel = "DIR", description = "A folder of classes to validate on, anywhere.")
    Path validation;

    @Option(
            names = "--split",
            paramLabel = "FRACTION",
            description =
                    "Validate on this share of each class's training images, chosen by --seed; default: 0.2 without"
                            + " train and val.")
    Double split;

    @Option(names = "--no-validation", description = "Pack nothing to validate on.")
    boolean noValidation;

    public PackCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    /** What packing adds to the answer. */
    private record Packed(
            int classes,
            Map<String, Long> images,
            Map<String, Long> bytes,
            int shards,
            List<Manifest.Note> odd,
            List<Manifest.Note> quarantined,
            double seconds) {}

    /** The last line of {@code --json}; what was not asked for is null. */
    private record PackResult(String folder, Packed packed, Shards.Verification verification) {}

    @Override
    int run() {
        if (folders.size() == 1 && !verify) {
            throw TandemException.argument(
                    "pack", "nowhere to write to", "one folder", "SOURCE OUT, or --verify OUT", "Name both folders");
        }
        if (folders.size() == 1 && checkMd5) {
            throw TandemException.argument(
                    "pack",
                    "--check-md5 without a source",
                    "one folder",
                    "SOURCE OUT",
                    "Name the archives' folder, too");
        }
        Path out = folders.get(folders.size() - 1);
        try (CountDisplay progress = new CountDisplay(console, "Packing", "Packed");
                CountDisplay check = new CountDisplay(console, "Verifying", "Verified")) {
            interrupt.onRequest(() -> {
                progress.cancel();
                check.cancel();
            });
            Packed packed = folders.size() == 2 ? pack(folders.get(0), out, progress) : null;
            Shards.Verification verification = verify ? verify(out, check) : null;
            answer(new PackResult(out.toString(), packed, verification));
            return verification == null || verification.isSound() ? ExitStatus.OK : ExitStatus.FAILED;
        } catch (CancellationException e) {
            say("Interrupted. The same command goes on where it stopped: finished shards are kept.");
            return ExitStatus.INTERRUPTED;
        }
    }

    private Packed pack(Path folder, Path out, CountDisplay progress) {
        if (checkMd5) {
            List<String> unknown = ImageSource.requirePublishedChecksums(folder, progress);
            if (!unknown.isEmpty()) {
                say("Not compared, as no published MD5 of theirs is known: " + String.join(", ", unknown));
            }
        }
        ImageListing source = ImageSource.open(folder, choice(), progress);
        source.notes().forEach(this::say);
        say(String.format(
                Locale.ROOT,
                "Source: %s, %,d classes; %,d files in train, %,d in val, %,d in test",
                source.kind(),
                source.classes().size(),
                source.size(Split.TRAIN),
                source.size(Split.VALIDATION),
                source.size(Split.TEST)));
        ImageOptions images = new ImageOptions(orientation(), maximumPixels, scaled);
        PackOptions options = ImageSource.packOptions(
                source,
                folder,
                out,
                new PackOptions(side, square, encoding, quality, seed, imagesPerShard, false),
                images);
        OptionalInt before = Packer.unfinishedIn(out);
        if (before.isPresent()) {
            say(String.format(
                    Locale.ROOT, "Going on with an interrupted packing: %,d shard(s) are finished", before.getAsInt()));
        } else if (Shards.areIn(out)) {
            say("Packed before: nothing is left to do");
        }
        long began = System.nanoTime();
        Manifest manifest = Packer.pack(source, out, options, images, threads(), progress);
        progress.close();
        return report(manifest, out, (System.nanoTime() - began) / 1e9);
    }

    private Optional<Orientation> orientation() {
        if (orientation == null) {
            return applyOrientation ? Optional.of(Orientation.APPLY) : Optional.empty();
        }
        if (applyOrientation && !orientation.equals("apply")) {
            throw TandemException.argument(
                    "pack",
                    "two options for orientation",
                    "--apply-orientation and --orientation " + orientation,
                    "one of them",
                    "Leave one out");
        }
        return Arrays.stream(Orientation.values())
                .filter(known -> known.toString().equals(orientation))
                .findFirst()
                .or(() -> {
                    throw TandemException.argument(
                            "--orientation", "no such choice", orientation, "apply or ignore", "Write one of them");
                });
    }

    private FolderOptions choice() {
        FolderOptions usual = FolderOptions.defaults();
        return new FolderOptions(
                noValidation ? FolderOptions.Validation.NONE : FolderOptions.Validation.IF_PRESENT,
                Optional.ofNullable(validation),
                split == null ? OptionalDouble.empty() : OptionalDouble.of(split),
                seed,
                usual.badShare(),
                usual.sampling());
    }

    private int threads() {
        return workers == null ? Math.min(256, Runtime.getRuntime().availableProcessors()) : workers;
    }

    private Packed report(Manifest manifest, Path out, double seconds) {
        PackSummary.lines(manifest).forEach(this::say);
        say(String.format(Locale.ROOT, "%s is complete, %s", out, ProgressDisplay.duration(seconds)));
        PackSummary summary = PackSummary.of(manifest);
        return new Packed(
                summary.classes(),
                summary.images(),
                summary.bytes(),
                summary.shards(),
                summary.odd(),
                summary.quarantined(),
                seconds);
    }

    private Shards.Verification verify(Path out, CountDisplay progress) {
        Shards.Verification found = Shards.open(out).verify(progress);
        progress.close();
        found.problems().forEach(problem -> say("Damaged: " + problem));
        say(String.format(
                Locale.ROOT,
                "%s: %,d shard(s), %,d images, %.1f MB: %s",
                out,
                found.shards(),
                found.images(),
                found.bytes() / 1e6,
                found.isSound() ? "sound" : found.problems().size() + " problem(s)"));
        return found;
    }
}
