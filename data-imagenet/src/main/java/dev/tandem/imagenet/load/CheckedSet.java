package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.layout.BadFile;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A set of which every file was looked at.
 *
 * @param squares the usable images
 * @param scan what the look found
 * @param badFiles the files that are left out
 */
public record CheckedSet(DecodedSquares squares, Scan scan, List<BadFile> badFiles) {
    private static final Logger LOG = LoggerFactory.getLogger(CheckedSet.class);
    private static final int LISTED = 5;

    /**
     * Where and how a set is checked.
     *
     * @param directory the data folder
     * @param squaring how the squares are made
     * @param badShare the largest share of bad files, 0 to 1
     * @param load workers, and where results are kept
     */
    public record Options(Path directory, Squaring squaring, double badShare, LoadOptions load) {}

    /**
     * Checks a set, or takes what an earlier check of the same files found.
     *
     * @param room bytes that decoded images may still take
     * @param statistics whether they are wanted
     */
    public static CheckedSet of(
            ImageListing source,
            Split split,
            Options options,
            AtomicLong room,
            boolean statistics,
            ScanProgress progress) {
        String set = split.folder();
        ImageFiles files = source.files(split);
        Squaring squaring = options.squaring;
        DecodedSquares squares = new DecodedSquares(files, squaring, room);
        if (files.size() == 0) {
            return new CheckedSet(squares, Scan.ofNothing(), source.badNames(split));
        }
        if (files.isPacked() && source.share().isEmpty() && !statistics) {
            Shards shards = Shards.of(source).orElseThrow();
            return new CheckedSet(
                    squares, Scan.ofChecked(shards.contentDigest(split), shards.turned(split)), List.of());
        }
        ScanCache cache = new ScanCache(options.directory, set, files, squaring, options.load);
        Optional<Scan> kept = cache.read().filter(found -> found.statistics().isPresent() || !statistics);
        Scan scan = kept.orElseGet(() -> Scan.of(set, squares, squaring, statistics, options.load, progress));
        if (kept.isEmpty()) {
            cache.write(scan);
        }
        List<BadFile> bad = new ArrayList<>(source.badNames(split));
        bad.addAll(scan.badFiles(files));
        requireUsable(set, bad, files.size() + source.badNames(split).size(), options.badShare, cache);
        if (!bad.isEmpty()) {
            LOG.warn(
                    "{}: {} of {} files are no usable images and are skipped, such as {}",
                    set,
                    bad.size(),
                    files.size() + source.badNames(split).size(),
                    EscapedText.visible(bad.get(0).toString()));
        }
        DecodedSquares usable = squares.without(scan.left());
        requireEveryClass(set, source.classNames(), files, usable.files());
        return new CheckedSet(usable, scan, bad);
    }

    /** Refuses a set with too many bad files, and leaves the list of them. */
    private static void requireUsable(String set, List<BadFile> bad, int files, double badShare, ScanCache cache) {
        int allowed = (int) Math.max(FolderOptions.ALWAYS_ALLOWED, Math.floor(badShare * files));
        if (bad.size() <= allowed) {
            return;
        }
        String first = bad.stream()
                .limit(LISTED)
                .map(file -> EscapedText.visible(file.toString()))
                .collect(Collectors.joining("\n  ", "\n  ", bad.size() > LISTED ? "\n  ..." : ""));
        throw TandemException.of(
                ErrorCode.INVALID_DATA,
                "scan",
                "too many files of " + set + " are no usable images",
                String.format(Locale.ROOT, "%d of %d", bad.size(), files),
                String.format(
                        Locale.ROOT,
                        "at most %d (%s %%, and always %d)",
                        allowed,
                        DecimalFormat.getNumberInstance(Locale.ROOT).format(100 * badShare),
                        FolderOptions.ALWAYS_ALLOWED),
                "Repair or remove them, or allow more with tandem.images.bad-share"
                        + cache.writeList(bad)
                                .map(list -> "; the whole list is in " + list)
                                .orElse("")
                        + ":" + first);
    }

    private static void requireEveryClass(String set, List<String> classNames, ImageFiles all, ImageFiles usable) {
        int[] counts = usable.counts(classNames.size());
        for (int i = 0; i < all.size(); i++) {
            if (counts[all.label(i)] == 0) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "scan",
                        "class " + EscapedText.visible(classNames.get(all.label(i))) + " of " + set
                                + " has no usable image",
                        "only bad files, such as " + EscapedText.visible(all.name(i)),
                        "one usable image or more",
                        "Repair its files, or remove its folder");
            }
        }
    }
}
