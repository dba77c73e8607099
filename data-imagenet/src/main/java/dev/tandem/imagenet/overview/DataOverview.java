package dev.tandem.imagenet.overview;

import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a data set holds.
 *
 * @param kind what it is, for people
 * @param classes in the order of their labels, with the usable images of each split
 * @param sizes of the images as they are stored; of shards, as they were before packing
 * @param orientations how many images have each of EXIF's orientations other than upright, 2 to 8; of shards, before
 *     packing
 * @param quarantined the files that are no usable images
 * @param odd the files that are usable though something is unusual about them
 * @param notes what was found besides images, was chosen or is left out, a line each
 * @param statistics of the training images, with the principal components of their colours
 */
public record DataOverview(
        String kind,
        List<Manifest.PackedClass> classes,
        SizeHistogram sizes,
        SortedMap<Integer, Long> orientations,
        List<Manifest.Note> quarantined,
        List<Manifest.Note> odd,
        List<String> notes,
        Optional<TrainingStatistics> statistics) {
    /**
     * Looks at a source. If it is of shards, their manifest and indices are read; otherwise every image is decoded.
     *
     * @param squares how the squares are made whose mean is taken; those of shards are as they were packed
     * @param images how files become pixels, decided
     * @param workers decoding threads, 1 to 256
     * @throws TandemException ({@link ErrorCode#INVALID_DATA} or {@link ErrorCode#INPUT_OUTPUT}) when the source cannot
     *     be read
     */
    public static DataOverview of(
            ImageListing source, Preprocessing squares, ImageOptions images, int workers, ScanProgress progress) {
        Optional<Shards> shards = Shards.of(source);
        if (shards.isPresent() && source.isAsPacked()) {
            return of(source, shards.get());
        }
        Survey survey = new Survey(source, Squaring.of(squares), images, workers, progress);
        List<Manifest.PackedClass> classes = new ArrayList<>();
        for (int label = 0; label < source.classes().size(); label++) {
            classes.add(Manifest.PackedClass.of(
                    source.classes().get(label),
                    survey.counts[0][label],
                    survey.counts[1][label],
                    survey.counts[2][label]));
        }
        List<String> notes = new ArrayList<>(source.notes());
        survey.twins().ifPresent(notes::add);
        return new DataOverview(
                source.kind(),
                classes,
                survey.sizes,
                survey.orientations,
                survey.quarantined,
                survey.odd,
                notes,
                survey.sums.images() == 0 ? Optional.empty() : Optional.of(survey.sums.statistics()));
    }

    private static DataOverview of(ImageListing source, Shards shards) {
        SizeHistogram sizes = new SizeHistogram();
        try {
            for (Split split : Split.values()) {
                shards.readIndex(split, line -> sizes.add(line.width(), line.height()));
            }
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    "data",
                    "an index is damaged: " + e.getMessage(),
                    "Pack the images again",
                    e);
        }
        Manifest manifest = shards.manifest();
        SortedMap<Integer, Long> orientations = new TreeMap<>();
        for (Manifest.Note note : manifest.odd()) {
            int orientation = ImageInfo.orientationOf(note.reason());
            if (orientation != 1) {
                orientations.merge(orientation, 1L, Long::sum);
            }
        }
        return new DataOverview(
                source.kind(),
                manifest.classes(),
                sizes,
                orientations,
                manifest.quarantined(),
                manifest.odd(),
                source.notes(),
                shards.statistics());
    }

    /** How many usable images all classes have in a split. */
    public long images(Split split) {
        return classes.stream()
                .mapToLong(counted -> switch (split) {
                    case TRAIN -> counted.train();
                    case VALIDATION -> counted.val();
                    case TEST -> counted.test();
                })
                .sum();
    }
}
