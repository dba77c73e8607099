package dev.tandem.imagenet.overview;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.load.ImagePass;
import dev.tandem.imagenet.load.Scan;
import dev.tandem.imagenet.load.SquareDecoder;
import dev.tandem.imagenet.load.Twins;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.statistics.PixelSums;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** One look at every image of a source, on several threads: sizes, odd and unusable files, the training statistics. */
public final class Survey {
    private final ImageListing source;
    private final Squaring squaring;
    private final ImageOptions images;
    private final int workers;
    private final ScanProgress progress;

    final int[][] counts = new int[Split.values().length][];
    final SizeHistogram sizes = new SizeHistogram();
    final List<Manifest.Note> quarantined = new ArrayList<>();
    final List<Manifest.Note> odd = new ArrayList<>();
    /** How many images are stored with each of EXIF's orientations other than upright, 2 to 8. */
    final SortedMap<Integer, Long> orientations = new TreeMap<>();

    public final PixelSums sums;
    private final Map<Split, long[]> contents = new EnumMap<>(Split.class);

    public Survey(ImageListing source, Squaring squaring, ImageOptions images, int workers, ScanProgress progress) {
        this.source = source;
        this.squaring = squaring;
        this.images = images;
        this.workers = workers;
        this.progress = progress;
        this.sums = new PixelSums(squaring.side());
        for (Split split : Split.values()) {
            counts[split.number()] = new int[source.classes().size()];
            look(split);
        }
        Comparator<Manifest.Note> byName =
                Comparator.comparing(Manifest.Note::split).thenComparing(Manifest.Note::file);
        quarantined.sort(byName);
        odd.sort(byName);
    }

    /** A line on pictures that are both trained and validated on, if there are any. */
    Optional<String> twins() {
        return Twins.between(
                source.files(Split.TRAIN),
                contents.get(Split.TRAIN),
                source.files(Split.VALIDATION),
                contents.get(Split.VALIDATION));
    }

    private void look(Split split) {
        ImageFiles files = source.files(split);
        int total = files.size();
        contents.put(split, new long[total]);
        source.badNames(split).forEach(bad -> quarantined.add(Manifest.Note.of(bad, split, files)));
        if (total == 0) {
            return;
        }
        PixelSums into = split == Split.TRAIN ? sums : new PixelSums(0);
        ImagePass.over(
                "data",
                split.folder(),
                total,
                squaring,
                images,
                workers,
                into,
                progress,
                (i, decoder, own) -> look(split, files, i, decoder, own));
    }

    private void look(Split split, ImageFiles files, int i, SquareDecoder decoder, PixelSums own) {
        try {
            byte[] encoded = files.read(i);
            SquareDecoder.Square square = decoder.decode(encoded, false, null);
            ImageInfo info = square.info();
            contents.get(split)[i] = Scan.checksum(encoded);
            if (split == Split.TRAIN) {
                own.add(square.pixels());
            }
            String oddity = info.oddity(files.name(i));
            synchronized (this) {
                counts[split.number()][files.label(i)]++;
                sizes.add(info.width(), info.height());
                if (info.orientation() != 1) {
                    orientations.merge(info.orientation(), 1L, Long::sum);
                }
                if (!oddity.isEmpty()) {
                    odd.add(new Manifest.Note(split.folder(), files.nameInSet(i), oddity));
                }
            }
        } catch (OutOfMemoryError e) {
            throw NotEnoughMemory.forImage(files.place(i), e);
        } catch (BadImage e) {
            synchronized (this) {
                quarantined.add(new Manifest.Note(split.folder(), files.nameInSet(i), e.getMessage()));
            }
        }
    }
}
