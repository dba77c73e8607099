package dev.tandem.weights.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.TandemException;
import dev.tandem.testkit.MutatedFiles;
import dev.tandem.weights.caffe.BinaryProto;
import dev.tandem.weights.caffe.CaffeFile;
import dev.tandem.weights.caffe.TestCaffe;
import dev.tandem.weights.keras.KerasFile;
import dev.tandem.weights.keras.TestHdf;
import dev.tandem.weights.matlab.MatFile;
import dev.tandem.weights.matlab.TestMat;
import dev.tandem.weights.numpy.NpzFile;
import dev.tandem.weights.numpy.NumpyFile;
import dev.tandem.weights.onnx.OnnxFile;
import dev.tandem.weights.onnx.TestOnnx;
import dev.tandem.weights.safetensors.SafetensorsFile;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import dev.tandem.weights.torch.TorchFile;
import dev.tandem.weights.torch.TorchLegacyFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files of weights are strangers': every tensor of a damaged or hostile one is read or refused. */
@Timeout(7200)
class MutatedTensorFilesTest {
    private static final long MOST_BYTES = 16 << 20;

    @TempDir
    private Path folder;

    private void eachIsReadOrRefused(String kind, Function<Path, TensorFile> format, byte[]... originals) {
        Path file = folder.resolve("weights");
        int refused = MutatedFiles.of(kind, file, originals)
                .takingAtMost(MOST_BYTES)
                .eachIsReadOrRefused(() -> readAll(format.apply(file)));
        assertThat(refused).isPositive();
    }

    private static void readAll(TensorFile opened) {
        try (opened) {
            TandemException refusal = null;
            for (StoredTensor tensor : opened.tensors()) {
                try {
                    assertThat((long) tensor.read().length)
                            .isEqualTo(tensor.shape().elements());
                } catch (TandemException e) {
                    refusal = e;
                }
            }
            if (refusal != null) {
                throw refusal;
            }
        }
    }

    @Test
    void torch() {
        eachIsReadOrRefused(
                "PyTorch (zip)",
                TorchFile::open,
                Unpacked.bytes(TorchSamples.STATE),
                Unpacked.bytes(TorchSamples.CHECKPOINT),
                Unpacked.bytes(TorchSamples.FLOAT8));
    }

    /** Behind a directory that is whole, more of the pickle is read. */
    @Test
    void torchPickle() {
        Path pickle = folder.resolve("pickle");
        Path file = folder.resolve("weights");
        byte[] original = TestPickle.protocol(2)
                .codes("}")
                .text("model")
                .codes("}(")
                .text("w")
                .tensor("0", 8, 1, new int[] {2, 3}, new int[] {1, 2})
                .text("b")
                .tensor("0", 8, 0, new int[] {3}, new int[] {1})
                .codes("us.")
                .toBytes();
        int refused = MutatedFiles.of("pickle of PyTorch", pickle, original)
                .takingAtMost(MOST_BYTES)
                .eachIsReadOrRefused(() -> readAll(TorchFile.open(zipped(pickle, file))));
        assertThat(refused).isPositive();
    }

    private static Path zipped(Path pickle, Path file) {
        try {
            byte[] archive = new TestZip()
                    .stored("m/data.pkl", Files.readAllBytes(pickle))
                    .stored("m/data/0", new byte[32])
                    .toBytes();
            Files.deleteIfExists(file);
            return Files.write(file, archive);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void torchLegacy() {
        eachIsReadOrRefused("PyTorch (before 1.6)", TorchLegacyFile::open, Unpacked.bytes(TorchSamples.LEGACY));
    }

    @Test
    void numpy() {
        byte[] plain =
                NumpySamples.npy(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3L), }\n", new byte[24]);
        eachIsReadOrRefused("NumPy", NumpyFile::open, plain, Unpacked.bytes(NumpySamples.PICKLED_NPY));
    }

    @Test
    void npz() {
        eachIsReadOrRefused(
                "NumPy (npz)",
                NpzFile::open,
                Unpacked.bytes(NumpySamples.NPZ),
                Unpacked.bytes(NumpySamples.DEFLATED_NPZ));
    }

    @Test
    void safetensors() {
        byte[] json = ("{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                        + "\"h\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[8,12]}}")
                .getBytes(StandardCharsets.UTF_8);
        byte[] bytes = ByteBuffer.allocate(8 + json.length + 12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
        eachIsReadOrRefused("safetensors", SafetensorsFile::open, bytes);
    }

    @Test
    void caffe() {
        eachIsReadOrRefused(
                "Caffe",
                CaffeFile::open,
                TestCaffe.olderNet().toBytes(),
                TestCaffe.newerNet().toBytes());
        eachIsReadOrRefused(
                "Caffe (one blob)",
                BinaryProto::open,
                TestCaffe.older(1, 3, 2, 2).toBytes(),
                TestCaffe.newer(3, 2, 2).toBytes());
    }

    @Test
    void onnx() {
        eachIsReadOrRefused("ONNX", OnnxFile::open, TestOnnx.model().toBytes());
    }

    @Test
    void matlab() {
        eachIsReadOrRefused(
                "MATLAB",
                MatFile::open,
                TestMat.bytes(TestMat.newer(), Deflater.NO_COMPRESSION),
                TestMat.bytes(TestMat.older(), Deflater.NO_COMPRESSION),
                TestMat.bytes(TestMat.newer(), Deflater.BEST_SPEED));
    }

    @Test
    void keras() {
        eachIsReadOrRefused(
                "HDF5", KerasFile::open, TestHdf.NET, TestHdf.CHUNKED, TestHdf.KINDS, TestHdf.NEWEST_LAYOUT);
    }
}
