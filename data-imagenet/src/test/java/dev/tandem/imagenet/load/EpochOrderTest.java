package dev.tandem.imagenet.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.options.Sampling;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EpochOrderTest {
    private static final int SHARDS = 9;
    private static final int IMAGES = 40;
    private static final int WINDOW = 100;

    /** Nine shards of 40 images, the last of 7. */
    private static ImageFiles shards() {
        ImageFiles.Builder files = new ImageFiles.Builder(Path.of("shards")).packed();
        for (int shard = 0; shard < SHARDS; shard++) {
            int container = files.container(Path.of("shards", "train-" + shard + ".tar"));
            for (int i = 0; i < (shard == SHARDS - 1 ? 7 : IMAGES); i++) {
                files.add("image-" + shard + "-" + i, i % 3, container, 512L * i, 100);
            }
        }
        return files.build();
    }

    private static int[] images(EpochOrder order, int from, int to) {
        return IntStream.range(from, to).map(order::image).toArray();
    }

    @Test
    void everyImageComesOnceAndInTheWindowOfItsShard() {
        ImageFiles files = shards();
        EpochOrder order = EpochOrder.of(files, 1, 3, WINDOW);
        assertThat(Arrays.stream(images(order, 0, files.size())).sorted())
                .containsExactly(IntStream.range(0, files.size()).boxed().toArray(Integer[]::new));
        List<EpochOrder.Window> windows = order.windows();
        assertThat(windows).hasSizeGreaterThanOrEqualTo(3);
        Set<Path> seen = new HashSet<>();
        for (int w = 0; w < windows.size(); w++) {
            int end = w + 1 < windows.size() ? windows.get(w + 1).start() : files.size();
            int[] window = images(order, windows.get(w).start(), end);
            assertThat(Arrays.stream(window).mapToObj(files::path).distinct())
                    .containsExactlyInAnyOrderElementsOf(windows.get(w).shards());
            assertThat(window).as("window %d is shuffled", w).isNotEqualTo(sorted(window));
            assertThat(seen.addAll(windows.get(w).shards())).isTrue();
        }
        assertThat(seen).hasSize(SHARDS);
    }

    private static int[] sorted(int[] values) {
        return Arrays.stream(values).sorted().toArray();
    }

    @Test
    void seedAndEpochFixTheOrder() {
        ImageFiles files = shards();
        int[] order = images(EpochOrder.of(files, 1, 3, WINDOW), 0, files.size());
        assertThat(images(EpochOrder.of(files, 1, 3, WINDOW), 0, files.size())).isEqualTo(order);
        assertThat(images(EpochOrder.of(files, 1, 4, WINDOW), 0, files.size())).isNotEqualTo(order);
        assertThat(images(EpochOrder.of(files, 2, 3, WINDOW), 0, files.size())).isNotEqualTo(order);
        List<Path> shards = EpochOrder.of(files, 1, 3, WINDOW).windows().get(0).shards();
        assertThat(EpochOrder.of(files, 1, 4, WINDOW).windows().get(0).shards()).isNotEqualTo(shards);
    }

    @Test
    void aSetThatFitsOneWindowIsShuffledAsAWhole() {
        ImageFiles files = shards();
        EpochOrder order = EpochOrder.of(files, 1, 3);
        int[] expected = Philox.permutation(new RandomKey(1, RandomKey.Purpose.ORDER, 3, 0), files.size());
        assertThat(images(order, 0, files.size())).isEqualTo(expected);
        assertThat(order.windows())
                .singleElement()
                .satisfies(window -> assertThat(window.shards()).hasSize(SHARDS));
    }

    @Test
    void filesOfTheirOwnAreShuffledAsAWholeHoweverMany() {
        ImageFiles.Builder files = new ImageFiles.Builder(Path.of("photographs"));
        int container = files.container(Path.of("photographs", "all.tar"));
        IntStream.range(0, 500).forEach(i -> files.add("image-" + i, 0, container, 512L * i, 100));
        EpochOrder order = EpochOrder.of(files.build(), 1, 0, WINDOW);
        assertThat(images(order, 0, 500))
                .isEqualTo(Philox.permutation(new RandomKey(1, RandomKey.Purpose.ORDER, 0, 0), 500));
        assertThat(order.windows()).isEmpty();
    }

    /** 300 images of class 0, 3 of class 1. */
    private static ImageFiles unequal() {
        ImageFiles.Builder files = new ImageFiles.Builder(Path.of("photographs"));
        IntStream.range(0, 303).forEach(i -> files.add("image-" + i, i < 300 ? 0 : 1));
        return files.build();
    }

    @Test
    void balancedSamplingDrawsClassesEquallyOften() {
        ImageFiles files = unequal();
        Set<Integer> seen = new HashSet<>();
        for (int epoch = 0; epoch < 12; epoch++) {
            int[] images = images(EpochOrder.of(files, Sampling.BALANCED, 1, epoch), 0, 303);
            int[] counts = new int[303];
            Arrays.stream(images).forEach(image -> counts[image]++);
            int rare = counts[300] + counts[301] + counts[302];
            assertThat(rare).as("half of 303").isBetween(151, 152);
            assertThat(IntStream.range(300, 303).map(i -> counts[i])).allMatch(count -> count >= 50 && count <= 51);
            assertThat(IntStream.range(0, 300).map(i -> counts[i])).allMatch(count -> count <= 1);
            IntStream.range(0, 300).filter(i -> counts[i] > 0).forEach(seen::add);
            assertThat(images(EpochOrder.of(files, Sampling.BALANCED, 1, epoch), 0, 303))
                    .isEqualTo(images);
        }
        assertThat(seen).as("every image comes in some epoch").hasSize(300);
    }

    @Test
    void naturalSamplingIsTheOrderAsBefore() {
        ImageFiles files = unequal();
        assertThat(images(EpochOrder.of(files, Sampling.NATURAL, 1, 2), 0, 303))
                .isEqualTo(images(EpochOrder.of(files, 1, 2), 0, 303));
    }

    @Test
    void balancedSamplingOfShardsKeepsToTheirWindows() {
        ImageFiles files = shards();
        EpochOrder natural = EpochOrder.of(files, 1, 3);
        EpochOrder balanced = EpochOrder.of(files, Sampling.BALANCED, 1, 3);
        assertThat(balanced.windows()).isEqualTo(natural.windows());
        int[] counts = new int[3];
        Arrays.stream(images(balanced, 0, files.size())).forEach(image -> counts[files.label(image)]++);
        assertThat(counts).containsOnly(files.size() / 3);
    }
}
