package dev.tandem.imagenet.overview;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageFormat;
import dev.tandem.imagenet.decode.OpenCvCodec;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.load.CropWriter;
import dev.tandem.imagenet.load.DecodedSquares;
import dev.tandem.imagenet.load.SquareDecoder;
import dev.tandem.imagenet.load.TrainingPass;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.Sampling;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How fast one thread makes network inputs of JPEG shards, and how fast OpenCV decodes the same images' bytes and does
 * nothing else, which no loader can surpass. Both are medians of rounds.
 *
 * @param images of a round
 * @param openCvDecode images a second
 * @param decodeCropAugment images a second
 */
public record LoadSpeed(int images, double openCvDecode, double decodeCropAugment) {
    private static final int ROWS = 32;

    /** What part of OpenCV's speed is reached. */
    public double ratio() {
        return decodeCropAugment / openCvDecode;
    }

    /**
     * Measures, with the training images of a folder of shards in the page cache, after two rounds that do not count.
     *
     * @param images most images of a round
     * @param rounds that count, 1 or more
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) when the folder holds no JPEG shards to train on
     */
    public static LoadSpeed measure(
            Path directory, Preprocessing preprocessing, Augmentation augmentation, int images, int rounds) {
        Shards shards = Shards.open(directory);
        ImageFiles all = shards.listing().files(Split.TRAIN);
        TrainingStatistics statistics = shards.statistics()
                .filter(found -> found.imageSize() == preprocessing.imageSize() && all.size() > 0)
                .filter(found -> shards.manifest().options().encoding() == PackOptions.Encoding.JPEG)
                .orElseThrow(() -> TandemException.argument(
                        "load speed",
                        "the folder cannot be measured",
                        directory,
                        "JPEG shards of side " + preprocessing.imageSize() + " with training images",
                        "Pack a training set"));
        int count = Math.min(images, all.size());
        // No more files than are timed: the pass, in its own order, loads the very images that OpenCV decodes.
        BitSet rest = new BitSet();
        rest.set(count, all.size());
        ImageFiles files = all.without(rest);
        int offsets = preprocessing.imageSize() - preprocessing.cropSize() + 1;
        CropWriter crops = new CropWriter(preprocessing, statistics);
        Squaring squaring = Squaring.of(preprocessing);
        DecodedSquares squares = new DecodedSquares(files, squaring, new AtomicLong());
        long identities = HostBatch.reserveIdentities(squares.size());
        TrainingPass pass =
                new TrainingPass(squares, crops, offsets, statistics, augmentation, Sampling.NATURAL, 1, 0, identities);
        HostBatch batch = new HostBatch(preprocessing.sampleShape().batchOf(ROWS));
        float[] rows = batch.images().array();
        int elements = rows.length / ROWS;
        double[] ours = new double[rounds];
        double[] openCvs = new double[rounds];
        try (SquareDecoder decoder = new SquareDecoder(squaring, ImageOptions.defaults());
                OpenCvCodec codec = new OpenCvCodec(squaring)) {
            List<byte[]> encoded = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                encoded.add(files.read(i));
                decoder.decode(encoded.get(i), true, null); // what is damaged must not be timed
            }
            for (int round = -2; round < rounds; round++) {
                long decoding = 0;
                long loading = 0;
                // A batch of each in turn, so that a busy neighbour hinders both alike.
                for (int first = 0; first < count; first += ROWS) {
                    int end = Math.min(count, first + ROWS);
                    long start = System.nanoTime();
                    for (byte[] jpeg : encoded.subList(first, end)) {
                        codec.decode(jpeg, ImageFormat.JPEG);
                    }
                    long middle = System.nanoTime();
                    for (int i = first; i < end; i++) {
                        pass.write(i, decoder, batch, i % ROWS, rows, i % ROWS * elements);
                    }
                    decoding += middle - start;
                    loading += System.nanoTime() - middle;
                }
                if (round >= 0) {
                    openCvs[round] = count * 1e9 / decoding;
                    ours[round] = count * 1e9 / loading;
                }
            }
        } catch (BadImage e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    "load speed",
                    "a shard is damaged: " + e.getMessage(),
                    "Run pack --verify on the folder, and pack again if it is damaged",
                    e);
        }
        return new LoadSpeed(count, median(openCvs), median(ours));
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
