package dev.tandem.imagenet.load;

import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.options.Sampling;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The order of one epoch. Files of their own, and sets that fit one window, are shuffled as a whole. Large sets in
 * shards are shuffled by windows: the shards in an order of the epoch's own, several in a row make a window, and the
 * images are shuffled within each. So a disk reads each shard once, from its beginning to its end. The shards
 * themselves were filled at random when they were packed.
 *
 * <p>All of it follows from seed and epoch: stream 0 of {@code ORDER} for the images of the first window, 1 for the
 * shards, and 1 + w for the images of window w.
 */
public final class EpochOrder {
    /** Images of a window, at least, and less the last shard: some 500 MB of 256-pixel JPEGs. */
    static final int WINDOW = 16_384;

    private final int[] images;
    private final List<Window> windows;

    /** The positions from {@code start} on until the next window, and the shards that are read for them. */
    record Window(int start, List<Path> shards) {}

    private EpochOrder(int[] images, List<Window> windows) {
        this.images = images;
        this.windows = List.copyOf(windows);
    }

    /** The order of {@code epoch}, from 0. */
    public static EpochOrder of(ImageFiles files, Sampling sampling, long seed, int epoch) {
        EpochOrder order = of(files, seed, epoch, WINDOW);
        if (sampling == Sampling.NATURAL) {
            return order;
        }
        int[] images = order.images.clone();
        for (int w = 0; w < Math.max(1, order.windows.size()); w++) {
            int start = w < order.windows.size() ? order.windows.get(w).start() : 0;
            int end = w + 1 < order.windows.size() ? order.windows.get(w + 1).start() : images.length;
            ClassBalance.apply(images, start, end, files, seed, epoch);
        }
        return new EpochOrder(images, order.windows);
    }

    static EpochOrder of(ImageFiles files, long seed, int epoch) {
        return of(files, seed, epoch, WINDOW);
    }

    /** As {@link #of(ImageFiles, long, int)}, with windows of {@code window} images. */
    static EpochOrder of(ImageFiles files, long seed, int epoch, int window) {
        if (!files.isPacked()) {
            return new EpochOrder(Philox.permutation(key(seed, epoch, 0), files.size()), List.of());
        }
        List<int[]> shards = shards(files);
        int[] order = files.size() <= window
                ? IntStream.range(0, shards.size()).toArray()
                : Philox.permutation(key(seed, epoch, 1), shards.size());
        int[] images = new int[files.size()];
        List<Window> windows = new ArrayList<>();
        int end = 0;
        for (int next = 0; next < order.length; ) {
            int start = end;
            List<Path> read = new ArrayList<>();
            while (next < order.length && end - start < window) {
                int[] shard = shards.get(order[next++]);
                System.arraycopy(shard, 0, images, end, shard.length);
                end += shard.length;
                read.add(files.path(shard[0]));
            }
            int stream = windows.isEmpty() ? 0 : windows.size() + 1;
            shuffle(images, start, end, key(seed, epoch, stream));
            windows.add(new Window(start, List.copyOf(read)));
        }
        return new EpochOrder(images, windows);
    }

    private static RandomKey key(long seed, int epoch, int stream) {
        return new RandomKey(seed, Purpose.ORDER, epoch, stream);
    }

    private static void shuffle(int[] images, int start, int end, RandomKey key) {
        int[] before = Arrays.copyOfRange(images, start, end);
        int[] order = Philox.permutation(key, before.length);
        for (int i = 0; i < order.length; i++) {
            images[start + i] = before[order[i]];
        }
    }

    /** The images of each shard; a shard's lie one after the other. */
    private static List<int[]> shards(ImageFiles files) {
        List<int[]> shards = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= files.size(); i++) {
            if (i == files.size() || !files.path(i).equals(files.path(start))) {
                shards.add(IntStream.range(start, i).toArray());
                start = i;
            }
        }
        return shards;
    }

    /** The image at {@code position}. */
    public int image(int position) {
        return images[position];
    }

    /** The windows, in order; none if each image is a file of its own. */
    public List<Window> windows() {
        return windows;
    }
}
