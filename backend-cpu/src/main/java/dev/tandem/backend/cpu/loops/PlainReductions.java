package dev.tandem.backend.cpu.loops;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Sums, softmax and cross-entropy over row-major memory, in plain Java with double precision inside. */
public final class PlainReductions {
    private static final long LEAST_PER_THREAD = 1 << 15;

    private final ThreadTeam team;

    public PlainReductions(ThreadTeam team) {
        this.team = team;
    }

    /** Sums {@code x} over the axes that {@code broadcast} repeats; {@code out} has {@code count} elements. */
    public void sum(Broadcast broadcast, Block x, Block out, int count) {
        double[] total = new double[count];
        int length = broadcast.rowLength();
        team.forEach(broadcast.rows(), Math.max(1, Math.max(count, LEAST_PER_THREAD) / length), (first, end) -> {
            double[] sums = new double[count];
            float[] piece = FloatLoops.pieces()[0];
            for (long row = first; row < end; row++) {
                int narrow = (int) broadcast.narrowIndex(row);
                for (int at = 0; at < length; at += piece.length) {
                    int some = Math.min(piece.length, length - at);
                    x.get(row * length + at, piece, 0, some);
                    if (broadcast.repeatsWithinRow()) {
                        sums[narrow] += sum(piece, some);
                    } else {
                        for (int i = 0; i < some; i++) {
                            sums[narrow + at + i] += piece[i];
                        }
                    }
                }
            }
            synchronized (total) {
                for (int i = 0; i < count; i++) {
                    total[i] += sums[i];
                }
            }
        });
        float[] rounded = new float[count];
        for (int i = 0; i < count; i++) {
            rounded[i] = (float) total[i];
        }
        out.put(0, rounded, 0, count);
    }

    private static double sum(float[] values, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += values[i];
        }
        return sum;
    }

    /** Softmax of each row of {@code (rows, classes)}. */
    public void softmax(int rows, int classes, Block x, Block y) {
        forEachRow(rows, classes, row -> {
            float[] values = new float[classes];
            x.get((long) row * classes, values, 0, classes);
            softmax(values);
            y.put((long) row * classes, values, 0, classes);
        });
    }

    /** Replaces {@code values} by their softmax; returns the logarithm of the sum of their exponentials. */
    private static double softmax(float[] values) {
        float greatest = Float.NEGATIVE_INFINITY;
        for (float value : values) {
            greatest = Math.max(greatest, value);
        }
        double sum = 0;
        double[] exponentials = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            exponentials[i] = Math.exp(values[i] - (double) greatest);
            sum += exponentials[i];
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (exponentials[i] / sum);
        }
        return Math.log(sum) + greatest;
    }

    /** {@code dx = y (dy - sum(dy y))}, row by row. */
    public void softmaxBackward(int rows, int classes, Block y, Block dy, Block dx) {
        forEachRow(rows, classes, row -> {
            float[] probabilities = new float[classes];
            float[] gradients = new float[classes];
            y.get((long) row * classes, probabilities, 0, classes);
            dy.get((long) row * classes, gradients, 0, classes);
            double sum = 0;
            for (int i = 0; i < classes; i++) {
                sum += (double) gradients[i] * probabilities[i];
            }
            for (int i = 0; i < classes; i++) {
                gradients[i] = (float) (probabilities[i] * (gradients[i] - sum));
            }
            dx.put((long) row * classes, gradients, 0, classes);
        });
    }

    /** The loss of each row, and its softmax; the loss of a label outside of the row is not a number. */
    public void crossEntropy(int rows, int classes, Block logits, IntBuffer labels, Block probabilities, Block losses) {
        float[] result = new float[rows];
        forEachRow(rows, classes, row -> {
            float[] values = new float[classes];
            logits.get((long) row * classes, values, 0, classes);
            int label = labels.get(row);
            boolean known = label >= 0 && label < classes;
            double logit = known ? values[label] : Double.NaN;
            result[row] = (float) (softmax(values) - logit);
            probabilities.put((long) row * classes, values, 0, classes);
        });
        losses.put(0, result, 0, rows);
    }

    /** {@code dlogits[n] = dlosses[n] (probabilities[n] - onehot(labels[n]))}. */
    public void crossEntropyBackward(
            int rows, int classes, Block probabilities, IntBuffer labels, Block dlosses, Block dlogits) {
        float[] scale = new float[rows];
        dlosses.get(0, scale, 0, rows);
        forEachRow(rows, classes, row -> {
            float[] values = new float[classes];
            probabilities.get((long) row * classes, values, 0, classes);
            int label = labels.get(row);
            if (label >= 0 && label < classes) {
                values[label] -= 1;
            } else {
                Arrays.fill(values, Float.NaN);
            }
            for (int i = 0; i < classes; i++) {
                values[i] *= scale[row];
            }
            dlogits.put((long) row * classes, values, 0, classes);
        });
    }

    private interface Row {
        void run(int row);
    }

    private void forEachRow(int rows, int classes, Row body) {
        team.forEach(rows, Math.max(1, LEAST_PER_THREAD / 16 / classes), (first, end) -> {
            for (long row = first; row < end; row++) {
                body.run((int) row);
            }
        });
    }
}
