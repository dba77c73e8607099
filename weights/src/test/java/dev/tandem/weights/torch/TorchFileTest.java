package dev.tandem.weights.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import dev.tandem.weights.testing.TestPickle;
import dev.tandem.weights.testing.TestZip;
import dev.tandem.weights.testing.TorchSamples;
import dev.tandem.weights.testing.Unpacked;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TorchFileTest {
    private static final int[] ONE = {1};

    @TempDir
    private Path folder;

    private Path write(byte[] bytes) {
        try {
            return Files.write(folder.resolve("it's.pth"), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TensorFile open(byte[] bytes) {
        return TorchLegacyFile.matches(bytes) ? TorchLegacyFile.open(write(bytes)) : TorchFile.open(write(bytes));
    }

    private void refuses(byte[] bytes, String... words) {
        assertThatThrownBy(() -> open(bytes).close())
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContainingAll(words);
    }

    /** A file of a pickle and one storage of 8 numbers: 0 to 7. */
    private static byte[] file(TestPickle pickle) {
        return archive(pickle).toBytes();
    }

    private static TestZip archive(TestPickle pickle) {
        return new TestZip()
                .stored("m/data.pkl", pickle.codes(".").toBytes())
                .stored("m/byteorder", "little".getBytes(StandardCharsets.UTF_8))
                .stored("m/data/0", numbers(8))
                .stored("m/version", new byte[] {'3', '\n'});
    }

    private static byte[] numbers(int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            bytes.putFloat(i);
        }
        return bytes.array();
    }

    private static TestPickle pickle() {
        return TestPickle.protocol(2).codes("}");
    }

    private static TestPickle tensor(int offset, int[] sizes, int[] strides) {
        return pickle().text("w").tensor("0", 8, offset, sizes, strides).codes("s");
    }

    private float[] read(TestPickle pickle) {
        try (TensorFile opened = open(file(pickle))) {
            return opened.tensors().get(0).read();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TorchSamples.STATE, TorchSamples.LEGACY})
    void aStateDictIsReadWhateverItsTypesAndStrides(String packed) {
        try (TensorFile opened = open(Unpacked.bytes(packed))) {
            Map<String, StoredTensor> tensors =
                    opened.tensors().stream().collect(Collectors.toMap(StoredTensor::name, tensor -> tensor));
            assertThat(opened.tensors())
                    .extracting(tensor -> tensor.name() + " " + tensor.shape() + " " + tensor.type())
                    .containsExactly(
                            "offset 2x3 F32",
                            "turned 3x2 F32",
                            "expanded 3 F32",
                            "half 4 F16",
                            "brain 2 BF16",
                            "double scalar F64",
                            "parameter 2 F32",
                            "bn.num_batches_tracked scalar I64",
                            "flags 2 BOOL",
                            "channels_last 1x2x2x4 F32");
            assertThat(tensors.get("offset").read()).containsExactly(2, 3, 4, 5, 6, 7);
            assertThat(tensors.get("turned").read()).containsExactly(0, 3, 1, 4, 2, 5);
            assertThat(tensors.get("expanded").read()).containsExactly(5, 5, 5);
            assertThat(tensors.get("half").read()).containsExactly(1, -65504, 0x1p-24f, Float.POSITIVE_INFINITY);
            assertThat(tensors.get("brain").read()).containsExactly(1.5f, -3.140625f);
            assertThat(tensors.get("double").read()).containsExactly(0.1f);
            assertThat(tensors.get("parameter").read()).containsExactly(7, 8);
            assertThat(tensors.get("channels_last").read())
                    .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
            assertThatThrownBy(() -> tensors.get("flags").read())
                    .hasMessageContaining("flags has an element type that weights cannot have, got BOOL");
            assertThat(opened.metadata()).containsExactly(entry("empty", "a tensor without elements"));
            assertThat(opened.format()).startsWith("PyTorch (");
        }
    }

    @Test
    void aTrainingCheckpointsStateDictIsFoundAndTheRestIsNamed() {
        try (TensorFile opened = open(Unpacked.bytes(TorchSamples.CHECKPOINT))) {
            assertThat(opened.tensors()).extracting(StoredTensor::name).containsExactly("module.w");
            assertThat(opened.tensors().get(0).read()).containsExactly(1, 2);
            assertThat(opened.metadata())
                    .containsExactly(
                            entry("epoch", "90"),
                            entry("arch", "alexnet"),
                            entry("best_acc1", "a tensor"),
                            entry("optimizer", "dict of 1"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"state_dict", "model_state_dict", "model", "net"})
    void aStateDictMayBeUnderSeveralNames(String name) {
        TestPickle pickle = pickle().text(name)
                .codes("}")
                .text("w")
                .tensor("0", 8, 1, ONE, ONE)
                .codes("ss");
        assertThat(read(pickle)).containsExactly(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {TorchSamples.WHOLE, TorchSamples.WHOLE_LEGACY})
    void aWholeModelCarriesCode(String packed) {
        refuses(
                Unpacked.bytes(packed),
                "a whole pickled model, or another object of a class, which carries code, got __main__.Net, "
                        + "expected a state_dict",
                "torch.save(torch.load('it\\'s.pth', weights_only=False).state_dict(), 'weights.pth')");
    }

    @Test
    void whatWeightsCannotBeIsRefusedWithAdvice() {
        refuses(
                Unpacked.bytes(TorchSamples.OBJECT_INSIDE),
                "carries code, got torch.device",
                "the state_dict that is in it");
        refuses(
                Unpacked.bytes(TorchSamples.SCRIPT),
                "a TorchScript archive",
                "torch.jit.load('it\\'s.pth').state_dict()");
        refuses(Unpacked.bytes(TorchSamples.QUANTIZED), "a quantized tensor", "tensor.dequantize() for");
        refuses(Unpacked.bytes(TorchSamples.SPARSE), "a sparse tensor", "tensor.to_dense() for");
        refuses(Unpacked.bytes(TorchSamples.COMPLEX), "a tensor of complex numbers", "tensor.real for");
        refuses(Unpacked.bytes(TorchSamples.NEGATED), "w is a view that changes its elements, got 'neg'");
        refuses(Unpacked.bytes(TorchSamples.META), "a tensor without elements (of device meta)");
        try (TensorFile opened = open(Unpacked.bytes(TorchSamples.FLOAT8))) {
            assertThat(opened.tensors().get(0).read()).containsExactly(1);
            assertThatThrownBy(() -> opened.tensors().get(1).read())
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("q has an element type that weights cannot have, got float8_e4m3fn")
                    .hasMessageContaining("float()");
        }
    }

    @Test
    void tensorsStayInsideTheirStorages() {
        assertThat(read(tensor(2, new int[] {2, 2}, new int[] {4, 1}))).containsExactly(2, 3, 6, 7);
        assertThat(read(tensor(0, new int[] {2, 2, 2}, new int[] {1, 2, 4}))).containsExactly(0, 4, 2, 6, 1, 5, 3, 7);
        refuses(file(tensor(2, new int[] {2, 2}, new int[] {4, 2})), "w lies outside of its storage", "8 elements");
        refuses(file(tensor(-1, ONE, ONE)), "w lies outside of its storage");
        refuses(file(tensor(8, ONE, ONE)), "w lies outside of its storage, got 8 to 9");
        refuses(file(tensor(0, new int[] {2}, new int[] {-1})), "w has an impossible shape, got 2 at stride -1");
        refuses(file(tensor(0, new int[] {-1}, ONE)), "w has an impossible shape");
        refuses(file(tensor(0, new int[] {1 << 20, 1 << 20}, new int[] {0, 0})), "fewer than 2^31 elements");
        refuses(file(tensor(0, new int[] {2, 2}, ONE)), "w is no tensor");
        refuses(file(tensor(0, new int[9], new int[9])), "w is no tensor, got tuple of 9");
    }

    @Test
    void aNumberMayNotBeRepeatedBeyondTheSizeOfTheFile() {
        refuses(file(tensor(0, new int[] {1 << 30}, new int[] {0})), "w repeats the elements of a storage too often");
        TestPickle many = pickle().text("w")
                .tensor("0", 8, 0, new int[] {150}, new int[] {0})
                .bytes('q', 0)
                .codes("s");
        for (int i = 0; i < 40; i++) {
            many.text("w" + i).bytes('h', 0).codes("s");
        }
        refuses(file(many), "repeats the elements of a storage too often");
    }

    @Test
    void storagesMustBeThereAsTheyAreSaid() {
        refuses(
                file(pickle().text("w").tensor("1", 8, 0, ONE, ONE).codes("s")),
                "a storage is not in the archive, got 1");
        refuses(
                file(pickle().text("w").tensor("0", 9, 0, ONE, ONE).codes("s")),
                "storage 0 is too short, got 32 bytes");
        refuses(file(pickle().text("w").tensor("0", 1 << 30, 0, ONE, ONE).codes("s")), "a storage is not named");
        refuses(
                new TestZip()
                        .stored("m/data.pkl", tensor(0, ONE, ONE).codes(".").toBytes())
                        .deflated("m/data/0", numbers(8), 32)
                        .toBytes(),
                "entry m/data/0 is compressed",
                "zip -0");
        refuses(
                new TestZip()
                        .deflated("m/data.pkl", tensor(0, ONE, ONE).codes(".").toBytes(), 100)
                        .toBytes(),
                "entry m/data.pkl is compressed");
    }

    @Test
    void whatIsNoStateDictIsRefused() {
        refuses(file(TestPickle.protocol(2).number(5)), "no state_dict in the file, got 5");
        refuses(file(pickle()), "no state_dict in the file, got dict of 0");
        refuses(file(pickle().text("params\u0007").number(5).codes("s")), "got a dict of 'params\\u0007'");
        refuses(file(pickle().number(1).tensor("0", 8, 0, ONE, ONE).codes("s")), "a tensor has no name, got 1");
        refuses(
                file(tensor(0, ONE, ONE).text("w").tensor("0", 8, 1, ONE, ONE).codes("s")),
                "two tensors have one name, got w");
        refuses(
                file(pickle().text("w").global("torch", "FloatStorage").codes(")Rs")),
                "w is no tensor, got what torch");
    }

    @Test
    void otherArchivesAreRefused() {
        refuses(new TestZip().stored("word/document.xml", new byte[3]).toBytes(), "got word/document.xml", "data.pkl");
        refuses(new TestZip().stored("a", new byte[3]).toBytes(), "a zip archive that PyTorch did not write, got a,");
        refuses(
                new TestZip()
                        .stored("m/data.pkl", tensor(0, ONE, ONE).codes(".").toBytes())
                        .stored("m/byteorder", "big".getBytes(StandardCharsets.UTF_8))
                        .toBytes(),
                "another order of bytes, got big, expected little");
        assertThatThrownBy(() -> TorchFile.open(folder.resolve("none.pth"))).hasMessageContaining("no such file");
    }

    @Test
    void whatTandemsExportAddsIsInTheMetadata() {
        byte[] bytes = archive(tensor(3, ONE, ONE))
                .stored("m/tandem/tandem.export.json", "{\"ü\":1}".getBytes(StandardCharsets.UTF_8))
                .toBytes();
        try (TensorFile opened = open(bytes)) {
            assertThat(opened.metadata()).containsExactly(entry("tandem.export", "{\"ü\":1}"));
        }
    }

    @Test
    void archivesOfTheLargeKindAreRead() {
        try (TensorFile opened = open(archive(tensor(3, ONE, ONE)).zip64().toBytes())) {
            assertThat(opened.tensors().get(0).shape()).isEqualTo(Shape.of(1));
            assertThat(opened.tensors().get(0).read()).containsExactly(3);
        }
    }

    @Test
    void theKindIsSeenByTheFirstBytes() {
        byte[] state = Unpacked.bytes(TorchSamples.STATE);
        byte[] legacy = Unpacked.bytes(TorchSamples.LEGACY);
        assertThat(TorchFile.matches(state)).isTrue();
        assertThat(TorchFile.matches(legacy)).isFalse();
        assertThat(TorchLegacyFile.matches(legacy)).isTrue();
        assertThat(TorchLegacyFile.matches(state)).isFalse();
        assertThat(TorchFile.matches(new TestZip().stored("w.npy", new byte[1]).toBytes()))
                .isFalse();
        assertThat(TorchFile.matches(new byte[3]) || TorchLegacyFile.matches(new byte[1]))
                .isFalse();
    }
}
