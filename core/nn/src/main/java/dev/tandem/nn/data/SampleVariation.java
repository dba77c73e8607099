package dev.tandem.nn.data;

import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;

/**
 * How the samples of one epoch are varied, as photographs are: reflection by the lowest bit of CROP's element 4i + 2,
 * then the divisor, then transforms, which draw from the stream i of TRANSFORM, for sample i.
 */
record SampleVariation(Augmentation augmentation, Shape sample, long seed, int epoch) {
    /** Varies sample {@code index}, in place. */
    void apply(int index, float[] values) {
        RandomKey crop = new RandomKey(seed, Purpose.CROP, epoch, 0);
        if (augmentation.reflection() && (Philox.word(crop, 4L * index + 2) & 1) == 1) {
            reflect(values, sample.dim(2));
        }
        for (int i = 0; i < values.length && augmentation.divisor() != 1; i++) {
            values[i] /= (float) augmentation.divisor();
        }
        RandomKey key = new RandomKey(seed, Purpose.TRANSFORM, epoch, index);
        augmentation.afterCrop().apply("sample " + index, values, sample, key.generator());
    }

    private static void reflect(float[] values, int width) {
        for (int row = 0; row < values.length; row += width) {
            for (int left = row, right = row + width - 1; left < right; left++, right--) {
                float kept = values[left];
                values[left] = values[right];
                values[right] = kept;
            }
        }
    }
}
