package dev.tandem.weights.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.TensorFile;
import dev.tandem.weights.testing.TestPickle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The container that Python 2 wrote, too: its strings, long integers and OrderedDicts. */
class TorchLegacyFileTest {
    private static final Path LPIPS = Path.of("../../shared/data/weights/lpips-v0.1-alex.pth");
    private static final byte[] MAGIC = {
        (byte) 0x8a, 10, 0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20, 0x6a, (byte) 0xa8, 0x50, 0x19
    };

    @TempDir
    private Path folder;

    private TensorFile open(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        try {
            return TorchLegacyFile.open(Files.write(folder.resolve("a.pth"), out.toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TestPickle pickle() {
        return TestPickle.protocol(2);
    }

    private static byte[] magic() {
        return pickle().raw(MAGIC).codes(".").toBytes();
    }

    private static byte[] version(int number) {
        return pickle().number(number).codes(".").toBytes();
    }

    private static byte[] system(int littleEndian) {
        return pickle().codes("}")
                .string("little_endian")
                .bytes(littleEndian)
                .codes("s.")
                .toBytes();
    }

    /** An OrderedDict of one tensor, whose persistent id has {@code view} as its sixth part. */
    private static byte[] state(TestPickle view) {
        return pickle().global("collections", "OrderedDict")
                .codes("](](")
                .string("lin0.weight")
                .global("torch._utils", "_rebuild_tensor_v2")
                .codes("((")
                .string("storage")
                .global("torch", "FloatStorage")
                .string("1933719376")
                .string("cuda:0")
                .bytes(0x8a, 1, 4)
                .raw(view.toBytes())
                .codes("tQ")
                .number(0)
                .numbers(1, 2)
                .numbers(2, 1)
                .bytes(0x89)
                .codes("NtRee")
                .bytes(0x85)
                .codes("R}")
                .string("_metadata")
                .global("collections", "OrderedDict")
                .codes(")Rsb.")
                .toBytes();
    }

    private static byte[] keys(String... keys) {
        TestPickle pickle = pickle().codes("](");
        for (String key : keys) {
            pickle.string(key);
        }
        return pickle.codes("e.").toBytes();
    }

    private static byte[] storage(long count) {
        return ByteBuffer.allocate(24)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(count)
                .putFloat(1)
                .putFloat(2)
                .putFloat(3)
                .putFloat(4)
                .array();
    }

    private static final TestPickle NO_VIEW = new TestPickle().codes("N");

    @Test
    void aFileOfPython2IsRead() {
        try (TensorFile opened =
                open(magic(), version(1001), system(0x88), state(NO_VIEW), keys("1933719376"), storage(4))) {
            assertThat(opened.tensors()).extracting("name").containsExactly("lin0.weight");
            assertThat(opened.tensors().get(0).read()).containsExactly(1, 2);
            assertThat(opened.metadata()).isEmpty();
        }
    }

    @Test
    void aStorageMayBeAViewOfAnother() {
        TestPickle view =
                new TestPickle().codes("(").string("7").number(1).number(2).codes("t");
        try (TensorFile opened =
                open(magic(), version(1001), system(0x88), state(view), keys("1933719376"), storage(4))) {
            assertThat(opened.tensors().get(0).read()).containsExactly(2, 3);
        }
        TestPickle beyond =
                new TestPickle().codes("(").string("7").number(3).number(2).codes("t");
        refuses(
                "a storage is not named as PyTorch does it, got tuple of 3",
                magic(),
                version(1001),
                system(0x88),
                state(beyond),
                keys("1933719376"),
                storage(4));
    }

    private void refuses(String words, byte[]... parts) {
        assertThatThrownBy(() -> open(parts).close())
                .isInstanceOf(TandemException.class)
                .hasMessageContaining(words);
    }

    @Test
    void whatIsMissingOrOtherIsSaid() {
        byte[] state = state(NO_VIEW);
        byte[] keys = keys("1933719376");
        refuses("a pickle that PyTorch did not write", version(3), version(1001));
        refuses("another version of the format, got 1000, expected 1001", magic(), version(1000));
        refuses("another order of bytes, got big", magic(), version(1001), system(0x89));
        refuses("a storage that no tensor uses, got '8'", magic(), version(1001), system(0x88), state, keys("8"));
        refuses(
                "storage 1933719376 has another size, got 5 elements",
                magic(),
                version(1001),
                system(0x88),
                state,
                keys,
                storage(5));
        refuses(
                "has another size, got 4 elements, and 0 bytes follow",
                magic(),
                version(1001),
                system(0x88),
                state,
                keys,
                new byte[] {4, 0, 0, 0, 0, 0, 0, 0});
        refuses("is missing or too short, got none", magic(), version(1001), system(0x88), state, keys());
        refuses("no list of storages", magic(), version(1001), system(0x88), state, version(1));
        refuses("beyond its end", magic(), version(1001), system(0x88), state);
    }

    @Test
    void theRealFileOfLpipsIsRead() {
        assumeTrue(Files.exists(LPIPS), "skipped: " + LPIPS + " is not here");
        try (TensorFile opened = TorchLegacyFile.open(LPIPS)) {
            double[] sums = opened.tensors().stream()
                    .mapToDouble(tensor -> {
                        double sum = 0;
                        for (float value : tensor.read()) {
                            sum += value;
                        }
                        return sum;
                    })
                    .toArray();
            assertThat(sums).containsExactly(new double[] {2.34953, 16.1430, 39.2684, 27.1972, 20.3172}, within(1e-4));
            assertThat(opened.tensors())
                    .extracting("name")
                    .startsWith("lin0.model.1.weight")
                    .hasSize(5);
        }
    }
}
