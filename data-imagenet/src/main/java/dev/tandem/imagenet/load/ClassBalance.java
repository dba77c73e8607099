package dev.tandem.imagenet.load;

import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Balanced sampling. Of n places and c classes each class gets n / c; the places left over go to other classes in every
 * epoch. A class fills its places with its images in the order of the epoch, again from the beginning if they do not
 * suffice; a class with more images than places shows others in every epoch, at random.
 */
final class ClassBalance {
    private ClassBalance() {}

    /** Replaces {@code images} from {@code start} to {@code end}, in random order, by a balanced choice of the same. */
    static void apply(int[] images, int start, int end, ImageFiles files, long seed, int epoch) {
        Map<Integer, List<Integer>> byClass = new TreeMap<>();
        for (int i = start; i < end; i++) {
            byClass.computeIfAbsent(files.label(images[i]), label -> new ArrayList<>())
                    .add(images[i]);
        }
        List<List<Integer>> classes = new ArrayList<>(byClass.values());
        int count = end - start;
        int[] chosen = new int[count];
        for (int place = 0; place < count; place++) {
            List<Integer> own = classes.get((place + epoch) % classes.size());
            chosen[place] = own.get(place / classes.size() % own.size());
        }
        RandomKey key = new RandomKey(seed, Purpose.ORDER, epoch, RandomKey.stream("balanced-" + start));
        int[] order = Philox.permutation(key, count);
        for (int i = 0; i < count; i++) {
            images[start + i] = chosen[order[i]];
        }
    }
}
