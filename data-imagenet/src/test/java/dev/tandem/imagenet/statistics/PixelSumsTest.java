package dev.tandem.imagenet.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sums of more images than are kept in sixteen bits, of sides of which eight bytes at a time leave some. */
class PixelSumsTest {
    @ParameterizedTest
    @CsvSource({"1, 3", "5, 257", "8, 258", "11, 600"})
    void sumsAreExact(int side, int images) throws IOException {
        long seed = side * 1000L + images;
        Random random = new Random(seed);
        int length = 3 * side * side;
        long[] expected = new long[length];
        PixelSums sums = new PixelSums(side);
        PixelSums others = sums.empty();
        for (int image = 0; image < images; image++) {
            byte[] square = new byte[length];
            if (image % 3 == 0) {
                random.nextBytes(square);
            } else {
                Arrays.fill(square, (byte) 0xFF);
            }
            for (int i = 0; i < length; i++) {
                expected[i] += square[i] & 0xFF;
            }
            (image % 7 == 0 ? others : sums).add(square);
        }
        sums.add(others);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        sums.write(new DataOutputStream(written));
        PixelSums read = PixelSums.read(new DataInputStream(new ByteArrayInputStream(written.toByteArray())));

        for (PixelSums some : new PixelSums[] {sums, read}) {
            TrainingStatistics statistics = some.statistics();
            assertThat(statistics.images()).isEqualTo(images);
            for (int i = 0; i < length; i++) {
                assertThat(statistics.meanImage()[i])
                        .as("seed %d, pixel %d", seed, i)
                        .isEqualTo((float) ((double) expected[i] / images));
            }
        }
    }
}
