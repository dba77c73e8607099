package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ReductionKernels;
import java.util.Arrays;

/** Sums, softmax and cross-entropy, row by row. */
final class ReferenceReductions implements ReductionKernels {
    @Override
    public void sum(Tensor x, Tensor out) {
        double[] in = ReferenceStorage.of(x);
        double[] sums = ReferenceStorage.of(out);
        Arrays.fill(sums, 0);
        for (int i = 0; i < in.length; i++) {
            sums[Broadcast.narrowIndex(x.shape(), out.shape(), i)] += in[i];
        }
    }

    @Override
    public void max(Tensor x, Tensor out) {
        double[] in = ReferenceStorage.of(x);
        double[] greatest = ReferenceStorage.of(out);
        Arrays.fill(greatest, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < in.length; i++) {
            int place = Broadcast.narrowIndex(x.shape(), out.shape(), i);
            greatest[place] = Math.max(greatest[place], in[i]);
        }
    }

    /** {@code y[n][j] = exp(x[n][j] - m) / sum_k exp(x[n][k] - m)} with {@code m = max_k x[n][k]}. */
    @Override
    public void softmax(Tensor x, Tensor y) {
        double[] in = ReferenceStorage.of(x);
        double[] out = ReferenceStorage.of(y);
        int classes = x.shape().dim(1);
        for (int row = 0; row < in.length; row += classes) {
            double maximum = maximum(in, row, classes);
            double sum = sumOfExponentials(in, row, classes, maximum);
            for (int i = row; i < row + classes; i++) {
                out[i] = Math.exp(in[i] - maximum) / sum;
            }
        }
    }

    @Override
    public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
        double[] probabilities = ReferenceStorage.of(y);
        double[] in = ReferenceStorage.of(dy);
        double[] out = ReferenceStorage.of(dx);
        int classes = y.shape().dim(1);
        for (int row = 0; row < in.length; row += classes) {
            double dot = 0;
            for (int i = row; i < row + classes; i++) {
                dot += in[i] * probabilities[i];
            }
            for (int i = row; i < row + classes; i++) {
                out[i] = probabilities[i] * (in[i] - dot);
            }
        }
    }

    /** {@code losses[n] = log sum_k exp(x[n][k] - m) - (x[n][label] - m)} with {@code m = max_k x[n][k]}. */
    @Override
    public void crossEntropy(Tensor logits, Tensor labels, Tensor probabilities, Tensor losses) {
        softmax(logits, probabilities);
        double[] in = ReferenceStorage.of(logits);
        double[] label = ReferenceStorage.of(labels);
        double[] out = ReferenceStorage.of(losses);
        int classes = logits.shape().dim(1);
        for (int n = 0; n < out.length; n++) {
            int row = n * classes;
            double maximum = maximum(in, row, classes);
            boolean inside = label[n] >= 0 && label[n] < classes;
            out[n] = inside
                    ? Math.log(sumOfExponentials(in, row, classes, maximum)) - (in[row + (int) label[n]] - maximum)
                    : Double.NaN;
        }
    }

    @Override
    public void crossEntropyBackward(Tensor probabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
        double[] probability = ReferenceStorage.of(probabilities);
        double[] label = ReferenceStorage.of(labels);
        double[] in = ReferenceStorage.of(dlosses);
        double[] out = ReferenceStorage.of(dlogits);
        int classes = probabilities.shape().dim(1);
        for (int i = 0; i < out.length; i++) {
            int n = i / classes;
            double oneHot = i % classes == (int) label[n] ? 1 : 0;
            out[i] = in[n] * (probability[i] - oneHot);
        }
    }

    private static double maximum(double[] values, int from, int count) {
        double maximum = values[from];
        for (int i = from + 1; i < from + count; i++) {
            maximum = Math.max(maximum, values[i]);
        }
        return maximum;
    }

    private static double sumOfExponentials(double[] values, int from, int count, double shift) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += Math.exp(values[i] - shift);
        }
        return sum;
    }
}
