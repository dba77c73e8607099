package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;

/** The elements of a tensor {@code (N, C, ...)} by sample, channel and place. */
record Channels(double[] values, int samples, int channels, int places) {
    static Channels of(Tensor tensor) {
        int samples = tensor.shape().dim(0);
        int channels = tensor.shape().dim(1);
        double[] values = ReferenceStorage.of(tensor);
        return new Channels(values, samples, channels, values.length / samples / channels);
    }

    double get(int n, int c, int place) {
        return values[(n * channels + c) * places + place];
    }

    void set(int n, int c, int place, double value) {
        values[(n * channels + c) * places + place] = value;
    }

    /** The elements of one channel. */
    int count() {
        return samples * places;
    }

    /** A number for one element of a channel. */
    interface Term {
        double at(int n, int place);
    }

    /** The sum of {@code term} over the elements of a channel. */
    double sum(Term term) {
        double sum = 0;
        for (int n = 0; n < samples; n++) {
            for (int place = 0; place < places; place++) {
                sum += term.at(n, place);
            }
        }
        return sum;
    }

    /** A number for one element. */
    interface Rule {
        double at(int n, int c, int place);
    }

    /** Sets every element. */
    void fill(Rule rule) {
        for (int n = 0; n < samples; n++) {
            for (int c = 0; c < channels; c++) {
                for (int place = 0; place < places; place++) {
                    set(n, c, place, rule.at(n, c, place));
                }
            }
        }
    }
}
