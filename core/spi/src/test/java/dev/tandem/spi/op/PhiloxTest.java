package dev.tandem.spi.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.spi.op.RandomKey.Purpose;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxTest {
    private static final RandomKey KEY = new RandomKey(2012, Purpose.WEIGHTS, 0, RandomKey.stream("conv1.weight"));

    /** The known answers that Random123 publishes for philox4x32-10 (tests/kat_vectors): counter, key, result. */
    @ParameterizedTest
    @CsvSource({
        "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
        "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1"
    })
    void knownAnswers(String counter, String key, String expected) {
        int[] c = words(counter);
        int[] k = words(key);
        int[] out = new int[4];
        Philox.block(c[0], c[1], c[2], c[3], k[0], k[1], out);

        assertThat(out).containsExactly(words(expected));
    }

    private static int[] words(String hex) {
        return Arrays.stream(hex.trim().split(" "))
                .mapToInt(word -> Integer.parseUnsignedInt(word, 16))
                .toArray();
    }

    @Test
    void wordsAreTheBlocksInOrder() {
        int[] block = new int[4];
        Philox.block(KEY, 5, block);

        assertThat(IntStream.range(20, 24).map(i -> Philox.word(KEY, i)))
                .containsExactly(IntStream.of(block).boxed().toArray(Integer[]::new));
    }

    @Test
    void everyPartOfTheKeyAndTheIndexCounts() {
        Set<Integer> seen = new HashSet<>();
        long[] indices = {0, 1, 4, 1L << 34, 1L << 40};
        RandomKey[] keys = {
            KEY,
            new RandomKey(2013, KEY.purpose(), KEY.step(), KEY.stream()),
            new RandomKey(2012 + (1L << 32), KEY.purpose(), KEY.step(), KEY.stream()),
            new RandomKey(2012, Purpose.DROPOUT, KEY.step(), KEY.stream()),
            new RandomKey(2012, KEY.purpose(), 1, KEY.stream()),
            new RandomKey(2012, KEY.purpose(), 1L << 32, KEY.stream()),
            new RandomKey(2012, KEY.purpose(), KEY.step(), RandomKey.stream("conv1.bias"))
        };
        for (RandomKey key : keys) {
            for (long index : indices) {
                seen.add(Philox.word(key, index));
            }
        }
        assertThat(seen).hasSize(keys.length * indices.length);
    }

    /** Runs made by earlier versions resume only if each purpose keeps its numbers. */
    @ParameterizedTest
    @CsvSource({
        "WEIGHTS, 1, a682f017",
        "DROPOUT, 2, 75885e77",
        "CROP, 3, e93c478e",
        "COLOUR, 4, ace9a24f",
        "ORDER, 5, 53068b1d",
        "SYNTHETIC, 6, 71d63f86",
        "TRANSFORM, 7, 1638b421"
    })
    void purposesKeepTheirNumbers(Purpose purpose, int code, String word) {
        assertThat(purpose.code()).isEqualTo(code);
        assertThat(Philox.word(new RandomKey(2012, purpose, 3, RandomKey.stream("fc6.weight")), 5))
                .isEqualTo(Integer.parseUnsignedInt(word, 16));
    }

    @Test
    void aGeneratorGivesTheElementsOfItsStreamInOrder() {
        RandomGenerator generator = KEY.generator();
        for (int i = 0; i < 6; i++) {
            assertThat(generator.nextInt()).isEqualTo(Philox.word(KEY, i));
        }
        long high = (long) Philox.word(KEY, 6) << 32;
        assertThat(generator.nextLong()).isEqualTo(high | Integer.toUnsignedLong(Philox.word(KEY, 7)));
        assertThat(generator.nextGaussian()).isEqualTo(Philox.gaussian(KEY, 8));
        assertThat(generator.nextInt()).isEqualTo(Philox.word(KEY, 9));
    }

    /** The code has four bits of the counter. */
    @Test
    void purposesHaveCodesOfTheirOwn() {
        assertThat(Purpose.values())
                .extracting(Purpose::code)
                .doesNotHaveDuplicates()
                .allMatch(c -> c > 0 && c < 16);
    }

    /** All three ranges; the checksum is that of the version which wrote the polynomials out. */
    @Test
    void inverseNormalKeepsItsBits() {
        long checksum = 0;
        for (double p = 0x1p-60; p < 1; p *= 1.0625) {
            checksum = checksum * 31 + Double.doubleToRawLongBits(Philox.inverseNormal(p));
        }
        assertThat(checksum).isEqualTo(0x13bd4e8ba5ffdf65L);
    }

    /** Quantiles to 20 digits from Wichura's paper and from standard tables. */
    @ParameterizedTest
    @CsvSource({
        "0.25, -0.6744897501960817",
        "0.001, -3.090232306167814",
        "1e-20, -9.262340089798408",
        "0.5, 0",
        "0.975, 1.959963984540054",
        "0.84134474606854293, 1"
    })
    void inverseNormalAtKnownQuantiles(double p, double expected) {
        assertThat(Philox.inverseNormal(p)).isCloseTo(expected, within(1e-14 * Math.max(1, Math.abs(expected))));
    }

    @Test
    void inverseNormalIsOddAboutOneHalf() {
        for (double p = 0x1p-33; p < 0.5; p *= 1.7) {
            assertThat(Philox.inverseNormal(1 - p)).isCloseTo(-Philox.inverseNormal(p), within(1e-6));
        }
    }

    /**
     * The errors of a million draws: mean 0.001, variance 0.0014, skewness 0.0024, kurtosis 0.005; four of each
     * allowed.
     */
    @Test
    void gaussiansHaveTheMomentsOfTheNormalDistribution() {
        float[] values = new float[1_000_000];
        Philox.gaussians(KEY, 0, values, 0, values.length);
        double[] moments = new double[5];
        for (float value : values) {
            double power = 1;
            for (int order = 0; order < moments.length; order++) {
                moments[order] += power / values.length;
                power *= value;
            }
        }
        assertThat(moments[1]).as("mean").isCloseTo(0, within(0.004));
        assertThat(moments[2]).as("variance").isCloseTo(1, within(0.0057));
        assertThat(moments[3]).as("skewness").isCloseTo(0, within(0.0155));
        assertThat(moments[4]).as("kurtosis").isCloseTo(3, within(0.04));
    }

    @Test
    void gaussiansAreTheSameInAnyPieces() {
        float[] whole = new float[50];
        Philox.gaussians(KEY, 7, whole, 0, 50);
        float[] pieces = new float[50];
        Philox.gaussians(KEY, 7, pieces, 13, 50);
        Philox.gaussians(KEY, 7, pieces, 0, 13);

        assertThat(pieces).containsExactly(whole);
        assertThat(whole[2]).isEqualTo((float) Philox.gaussian(KEY, 9));
    }

    @Test
    void uniformsAreInsideTheUnitInterval() {
        double sum = 0;
        for (int i = 0; i < 100_000; i++) {
            double u = Philox.uniform(KEY, i);
            assertThat(u > 0 && u < 1).isTrue();
            sum += u;
        }
        // The error of the mean is 1 / sqrt(12 * 100000) = 0.0009.
        assertThat(sum / 100_000).isCloseTo(0.5, within(0.0037));
    }

    @Test
    void integersBelowABoundAreEven() {
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) {
            counts[Philox.below(KEY, i, 7)]++;
        }
        // The error of a count is sqrt(10000 * 6 / 7) = 93.
        assertThat(IntStream.of(counts).boxed()).allMatch(count -> count > 9_600 && count < 10_400);
        assertThat(Philox.below(KEY, 0, 1)).isZero();
    }

    @Test
    void permutationsHoldEachNumberOnceAndDifferByStep() {
        int[] order = Philox.permutation(KEY, 1000);
        int[] sorted = order.clone();
        Arrays.sort(sorted);

        assertThat(sorted).containsExactly(IntStream.range(0, 1000).toArray());
        assertThat(order).isEqualTo(Philox.permutation(KEY, 1000));
        assertThat(order).isNotEqualTo(Philox.permutation(new RandomKey(2012, Purpose.WEIGHTS, 1, KEY.stream()), 1000));
        assertThat(Philox.permutation(KEY, 0)).isEmpty();
    }

    /** FNV-1a's published answers for the empty string, "a" and "foobar". */
    @Test
    void streamNumbersAreFnv1a() {
        assertThat(RandomKey.stream("")).isEqualTo(0x811C9DC5);
        assertThat(RandomKey.stream("a")).isEqualTo(0xE40C292C);
        assertThat(RandomKey.stream("foobar")).isEqualTo(0xBF9CF968);
    }
}
