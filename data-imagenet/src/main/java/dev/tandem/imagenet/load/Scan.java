package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.BadFile;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.PixelSums;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * What one look at every file of a set found.
 *
 * @param bad why each unusable file is skipped, by its index
 * @param contentDigest a SHA-256 over names and bytes of the usable files
 * @param turned how many usable files have an EXIF orientation other than upright
 * @param contents a checksum over the bytes of each file, by which equal files are found; 0 for those not read, and
 *     empty if nothing was read
 * @param statistics of the usable images, if they were wanted
 */
public record Scan(
        SortedMap<Integer, String> bad,
        String contentDigest,
        int turned,
        long[] contents,
        Optional<TrainingStatistics> statistics) {

    /**
     * Decodes every file once, on the workers; the squares stay in {@code squares} while there is room.
     * Nothing in the result depends on the number of workers.
     */
    static Scan of(
            String set,
            DecodedSquares squares,
            Squaring squaring,
            boolean statistics,
            LoadOptions options,
            ScanProgress progress) {
        int total = squares.size();
        SortedMap<Integer, String> bad = new TreeMap<>();
        long[] contents = new long[total];
        PixelSums sums = new PixelSums(statistics ? squaring.side() : 0);
        AtomicInteger turned = new AtomicInteger();
        ImagePass.Look look = (i, decoder, own) -> {
            try {
                byte[] encoded = squares.files().read(i);
                SquareDecoder.Square square = squares.decode(i, encoded, decoder);
                contents[i] = checksum(encoded);
                turned.addAndGet(square.info().orientation() != 1 ? 1 : 0);
                if (statistics) {
                    own.add(square.pixels());
                }
            } catch (BadImage e) {
                synchronized (bad) {
                    bad.put(i, e.getMessage());
                }
            }
        };
        ImagePass.over("scan", set, total, squaring, options.images(), options.workers(), sums, progress, look);
        Optional<TrainingStatistics> result =
                statistics && sums.images() > 0 ? Optional.of(sums.statistics()) : Optional.empty();
        return new Scan(bad, digest(squares.files(), bad, contents), turned.get(), contents, result);
    }

    /** The scan of a set without files. */
    static Scan ofNothing() {
        return new Scan(Collections.emptySortedMap(), new Sha256().hex(), 0, new long[0], Optional.empty());
    }

    /** The scan of a set that was checked before, without a bad file. */
    static Scan ofChecked(String contentDigest, int turned) {
        return new Scan(Collections.emptySortedMap(), contentDigest, turned, new long[0], Optional.empty());
    }

    /** The bad files with their names. */
    List<BadFile> badFiles(ImageFiles files) {
        List<BadFile> list = new ArrayList<>();
        bad.forEach((index, reason) -> list.add(new BadFile(files.name(index), reason)));
        return list;
    }

    /** The indices of the bad files. */
    BitSet left() {
        BitSet left = new BitSet();
        bad.keySet().forEach(left::set);
        return left;
    }

    /** CRC-32C, as the upper half, and CRC-32 of bytes: together unlikely to be equal by chance. */
    public static long checksum(byte[] bytes) {
        CRC32C upper = new CRC32C();
        upper.update(bytes, 0, bytes.length);
        CRC32 lower = new CRC32();
        lower.update(bytes, 0, bytes.length);
        return upper.getValue() << Integer.SIZE | lower.getValue();
    }

    private static String digest(ImageFiles files, Map<Integer, String> bad, long[] contents) {
        Sha256 digest = new Sha256();
        for (int i = 0; i < contents.length; i++) {
            if (!bad.containsKey(i)) {
                digest.add(files.name(i)).add((int) (contents[i] >>> Integer.SIZE));
            }
        }
        return digest.hex();
    }
}
