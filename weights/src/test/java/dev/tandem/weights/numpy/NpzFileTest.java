package dev.tandem.weights.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import dev.tandem.weights.testing.NumpySamples;
import dev.tandem.weights.testing.TestZip;
import dev.tandem.weights.testing.Unpacked;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzFileTest {
    private static final String HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n";

    @TempDir
    private Path folder;

    private TensorFile open(byte[] bytes) {
        try {
            return NpzFile.open(Files.write(folder.resolve("a.npz"), bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void refuses(TestZip zip, String words) {
        assertThatThrownBy(() -> {
                    try (TensorFile opened = open(zip.toBytes())) {
                        opened.tensors().forEach(StoredTensor::read);
                    }
                })
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContaining(words);
    }

    @Test
    void storedArraysAreRead() {
        byte[] bytes = Unpacked.bytes(NumpySamples.NPZ);
        assertThat(NpzFile.matches(bytes)).isTrue();
        try (TensorFile opened = open(bytes)) {
            assertThat(opened.tensors()).extracting(StoredTensor::name).containsExactly("w", "t", "i");
            assertThat(opened.tensors().get(0).read()).containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(opened.tensors().get(1).read()).containsExactly(0, 3, 1, 4, 2, 5);
            assertThat(opened.tensors().get(2).read()).containsExactly(1, 2);
            assertThat(opened.metadata()).containsExactly(entry("o", "an array without elements"));
        }
    }

    @Test
    void deflatedArraysAreReadMoreThanOnce() {
        try (TensorFile opened = open(Unpacked.bytes(NumpySamples.DEFLATED_NPZ))) {
            assertThat(opened.tensors()).extracting(StoredTensor::name).containsExactly("w", "t", "d");
            for (int time = 0; time < 2; time++) {
                assertThat(opened.tensors().get(0).read()).containsExactly(0, 1, 2, 3, 4, 5);
                assertThat(opened.tensors().get(1).read()).containsExactly(0, 3, 1, 4, 2, 5);
                assertThat(opened.tensors().get(2).read()).containsExactly(2.5f);
            }
        }
    }

    @Test
    void whatAnArchiveHasBesideArraysIsNamed() {
        byte[] text = NumpySamples.npy(
                1, HEADER.replace("<f4", "|u1").replace("(1,)", "(3,)"), "\u00fc!".getBytes(StandardCharsets.UTF_8));
        byte[] bytes = new TestZip()
                .stored("w.npy", NumpySamples.npy(1, HEADER, new byte[4]))
                .stored("README", new byte[2])
                .stored("tandem.export.npy", text)
                .toBytes();
        try (TensorFile opened = open(bytes)) {
            assertThat(opened.tensors()).extracting(StoredTensor::name).containsExactly("w");
            assertThat(opened.metadata())
                    .containsExactly(entry("README", "an entry that is no array"), entry("tandem.export", "\u00fc!"));
        }
    }

    @Test
    void onlyTheExportsTextIsTakenAndNoneLongerThanTheFile() {
        String header = HEADER.replace("<f4", "|u1");
        byte[] longer = NumpySamples.npy(1, header.replace("(1,)", "(1048577,)"), new byte[1048577]);
        byte[] bytes = new TestZip()
                .deflated("tandem.export.npy", longer, longer.length)
                .stored("tandem.other.npy", NumpySamples.npy(1, header, new byte[1]))
                .toBytes();
        try (TensorFile opened = open(bytes)) {
            assertThat(opened.tensors())
                    .extracting(StoredTensor::name)
                    .containsExactly("tandem.export", "tandem.other");
            assertThat(opened.metadata()).isEmpty();
        }
    }

    @Test
    void whatInflatesToAnotherSizeIsRefused() {
        byte[] array = NumpySamples.npy(1, HEADER, new byte[4]);
        refuses(new TestZip().deflated("w.npy", array, array.length - 1), "array w of 1 ends early, got 3 bytes");
        refuses(new TestZip().deflated("w.npy", array, 100_000_000), "entry w is larger than it can be");
        byte[] larger = NumpySamples.npy(1, HEADER.replace("(1,)", "(9,)"), new byte[4]);
        refuses(
                new TestZip().deflated("w.npy", larger, larger.length + 32),
                "entry w.npy cannot be inflated, got an early end");
        refuses(
                new TestZip().entry("w.npy", 8, 0, new byte[] {7, 7, 7, 7}, 100, "w.npy"),
                "entry w cannot be inflated, got invalid block type");
        byte[] objects = NumpySamples.npy(1, HEADER.replace("<f4", "|O"), new byte[4]);
        refuses(new TestZip().deflated("w.npy", objects, objects.length), "entry w is a compressed pickle");
    }

    @Test
    void aDeflatedArrayIsNotLargerThanItsEntry() {
        byte[] array = NumpySamples.npy(1, HEADER.replace("(1,)", "(500000000,)"), new byte[100]);
        refuses(new TestZip().deflated("w.npy", array, array.length), "array w of 500000000 ends early, got 100 bytes");
    }
}
