package dev.tandem.run.picture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An order of classes in which those that are confused stand together: hierarchical clustering with average linkage,
 * by the nearest-neighbour chain, of the mean of both directions' confused shares. Equal matrices give equal orders.
 */
public final class ConfusionOrder {
    private final int classes;
    private final float[][] similarity;
    private final float[][] linkage;
    private final List<int[]> clusters = new ArrayList<>();

    private ConfusionOrder(int[][] confusion) {
        classes = confusion.length;
        similarity = new float[classes][classes];
        int[] images = Arrays.stream(confusion)
                .mapToInt(row -> Math.max(1, IntStream.of(row).sum()))
                .toArray();
        for (int a = 0; a < classes; a++) {
            for (int b = 0; b < classes; b++) {
                similarity[a][b] = (confusion[a][b] / (float) images[a] + confusion[b][a] / (float) images[b]) / 2;
            }
            clusters.add(new int[] {a});
        }
        linkage = Arrays.stream(similarity).map(float[]::clone).toArray(float[][]::new);
    }

    /** The labels in the order to draw them in. */
    public static int[] of(int[][] confusion) {
        return new ConfusionOrder(confusion).order();
    }

    private int[] order() {
        int[] chain = new int[classes];
        int length = 0;
        for (int merges = 0; merges < classes - 1; ) {
            if (length == 0) {
                chain[length++] = firstCluster();
            }
            int top = chain[length - 1];
            int previous = length > 1 ? chain[length - 2] : -1;
            int nearest = nearest(top, previous);
            if (nearest == previous) {
                merge(Math.min(top, previous), Math.max(top, previous));
                length -= 2;
                merges++;
            } else {
                chain[length++] = nearest;
            }
        }
        return clusters.get(firstCluster());
    }

    private int firstCluster() {
        int first = 0;
        while (clusters.get(first) == null) {
            first++;
        }
        return first;
    }

    /**
     * The cluster most confused with {@code from}; among equals {@code preferred}, so that chains end, then the
     * lowest.
     */
    private int nearest(int from, int preferred) {
        int best = preferred;
        for (int other = 0; other < classes; other++) {
            if (other != from
                    && clusters.get(other) != null
                    && (best < 0 || linkage[from][other] > linkage[from][best])) {
                best = other;
            }
        }
        return best;
    }

    /** Joins cluster {@code b} to {@code a}, turned so that the classes that meet are the most confused. */
    private void merge(int a, int b) {
        int[] first = clusters.get(a);
        int[] second = clusters.get(b);
        int[][] firsts = {first, reversed(first)};
        int[][] seconds = {second, reversed(second)};
        int[] joined = null;
        float best = -1;
        for (int[] left : firsts) {
            for (int[] right : seconds) {
                float meeting = similarity[left[left.length - 1]][right[0]];
                if (meeting > best) {
                    best = meeting;
                    joined = IntStream.concat(IntStream.of(left), IntStream.of(right))
                            .toArray();
                }
            }
        }
        for (int other = 0; other < classes; other++) {
            float mean = (first.length * linkage[a][other] + second.length * linkage[b][other])
                    / (first.length + second.length);
            linkage[a][other] = mean;
            linkage[other][a] = mean;
        }
        clusters.set(a, joined);
        clusters.set(b, null);
    }

    private static int[] reversed(int[] labels) {
        return IntStream.range(0, labels.length)
                .map(i -> labels[labels.length - 1 - i])
                .toArray();
    }
}
