package dev.tandem.weights.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import dev.tandem.weights.testing.NumpySamples;
import dev.tandem.weights.testing.TestPickle;
import dev.tandem.weights.testing.Unpacked;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumpyFileTest {
    private static final Path MEAN = Path.of("../../shared/data/weights/ilsvrc_2012_mean.npy");

    @TempDir
    private Path folder;

    private TensorFile open(byte[] bytes) {
        try {
            return NumpyFile.open(Files.write(folder.resolve("a.npy"), bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] npy(String type, boolean fortran, String shape, byte[] elements) {
        return NumpySamples.npy(
                1,
                "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape
                        + ", }   \n",
                elements);
    }

    private static byte[] floats(ByteOrder order, float... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Float.BYTES).order(order);
        for (float number : numbers) {
            bytes.putFloat(number);
        }
        return bytes.array();
    }

    private static byte[] littleFloats(float... numbers) {
        return floats(ByteOrder.LITTLE_ENDIAN, numbers);
    }

    private StoredTensor only(byte[] bytes, float... expected) {
        try (TensorFile opened = open(bytes)) {
            assertThat(opened.tensors()).hasSize(1);
            assertThat(opened.tensors().get(0).read()).containsExactly(expected);
            return opened.tensors().get(0);
        }
    }

    private void refuses(byte[] bytes, String... words) {
        assertThatThrownBy(() -> open(bytes).close())
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContainingAll(words);
    }

    @Test
    void anArrayOfEveryOrderAndTypeIsRead() {
        StoredTensor tensor = only(npy("<f4", false, "(2, 3)", littleFloats(0, 1, 2, 3, 4, 5)), 0, 1, 2, 3, 4, 5);
        assertThat(tensor.name()).isEqualTo(NumpyFile.ONLY);
        assertThat(tensor.shape()).hasToString("2x3");
        assertThat(tensor.type()).isEqualTo("F32");
        only(npy("<f4", true, "(2, 3)", littleFloats(0, 3, 1, 4, 2, 5)), 0, 1, 2, 3, 4, 5);
        only(npy(">f4", false, "(2L,)", floats(ByteOrder.BIG_ENDIAN, 1.5f, -2)), 1.5f, -2);
        only(npy("<f2", false, "()", new byte[] {0, 0x3c}), 1);
        only(npy("|u1", false, "(1,)", new byte[] {-1}), 255);
        only(npy("<i2", false, "(1,)", new byte[] {-1, -1}), -1);
        only(npy("<f8", false, "(1,)", new byte[] {0, 0, 0, 0, 0, 0, -16, 63}), 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyVersionOfTheFormatIsRead(int version) {
        only(
                NumpySamples.npy(version, "{'shape': (1,), 'fortran_order': False, \"descr\": '<f4'}", littleFloats(7)),
                7);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
                "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': [1], }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1, }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1), }",
                "{'descr': '<f4', 'fortran_order': False, }",
                "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 'x', }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + x",
                "{'descr': '<f4",
                "__import__('os').system('true')",
                "{",
                ""
            })
    void aHeaderThatIsNotThatOfAnArrayIsRefused(String header) {
        refuses(NumpySamples.npy(1, header, littleFloats(1)), "the header of array is not that of an array of numbers");
    }

    @Test
    void whatIsTooShortOrTooLargeOrNoNumberIsRefused() {
        refuses(npy("<f4", false, "(2,)", littleFloats(1)), "array array of 2 ends early, got 4 bytes, expected 8");
        refuses(npy("<f4", false, "(65536, 65536)", littleFloats(1)), "the shape of array, got [65536, 65536]");
        refuses(
                npy("<c8", false, "(1,)", new byte[8]),
                "of a type that weights cannot have, got <c8",
                "astype('float32')");
        refuses(npy("<U3", false, "(1,)", new byte[12]), "got <U3");
        refuses(npy("", false, "(1,)", new byte[4]), "elements that are no numbers");
        refuses(NumpySamples.npy(4, "{}", new byte[4]), "no array of NumPy, got version 4");
        byte[] bytes = npy("<f4", false, "(1,)", littleFloats(1));
        bytes[9] = 0x7f;
        refuses(bytes, "the header of array is too long");
        refuses(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 0, 0}, "too short for an array");
        try (TensorFile opened = open(npy("<f4", false, "(0, 3)", new byte[0]))) {
            assertThat(opened.tensors()).isEmpty();
            assertThat(opened.metadata()).containsExactly(entry("array", "an array without elements"));
        }
    }

    @Test
    void aPickledDictionaryOfArraysIsRead() {
        try (TensorFile opened = open(Unpacked.bytes(NumpySamples.PICKLED_NPY))) {
            assertThat(opened.tensors())
                    .extracting(tensor -> tensor.name() + " " + tensor.shape() + " " + tensor.type())
                    .containsExactly(
                            "conv1/weights 2x3 F32",
                            "conv1/biases 2 F32",
                            "fc6/weights 2x3 F32",
                            "fc6/biases 1 F64",
                            "mean scalar F16");
            assertThat(opened.tensors().get(0).read()).containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(opened.tensors().get(1).read()).containsExactly(.5f, 1.5f);
            assertThat(opened.tensors().get(2).read()).containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(opened.tensors().get(3).read()).containsExactly(-1);
            assertThat(opened.tensors().get(4).read()).containsExactly(4);
            assertThat(opened.metadata()).containsExactly(entry("note", "'text'"));
        }
    }

    /** As Python 2 wrote an array: its elements are a string. */
    private static TestPickle array(TestPickle pickle, byte[] elements) {
        return array(pickle, new int[] {elements.length / Float.BYTES}, new TestPickle().counted('T', elements));
    }

    private static TestPickle array(TestPickle pickle, int[] shape, TestPickle elements) {
        return pickle.global("numpy.core.multiarray", "_reconstruct")
                .codes("(")
                .global("numpy", "ndarray")
                .numbers(0)
                .string("b")
                .codes("tR(")
                .number(1)
                .numbers(shape)
                .global("numpy", "dtype")
                .codes("(")
                .string("f4")
                .number(0)
                .number(1)
                .codes("tR(")
                .number(3)
                .string("<")
                .codes("NNN")
                .number(-1)
                .number(-1)
                .number(0)
                .codes("tb")
                .bytes(0x89)
                .raw(elements.toBytes())
                .codes("tb");
    }

    private static byte[] objects(TestPickle value) {
        TestPickle list = new TestPickle().codes("]").raw(value.toBytes()).codes("a");
        return npy(
                "|O",
                false,
                "()",
                array(TestPickle.protocol(2), new int[0], list).codes(".").toBytes());
    }

    @Test
    void aDictionaryOfPython2IsReadWhateverItsSize() {
        float[] many = new float[20_000];
        many[many.length - 1] = 3;
        TestPickle dict = new TestPickle().codes("}").string("fc6").codes("](");
        array(dict, littleFloats(many));
        array(dict, littleFloats(1.5f));
        try (TensorFile opened = open(objects(dict.codes("es")))) {
            assertThat(opened.tensors()).extracting(StoredTensor::name).containsExactly("fc6/weights", "fc6/biases");
            assertThat(opened.tensors().get(0).read()).isEqualTo(many);
            assertThat(opened.tensors().get(1).read()).containsExactly(1.5f);
        }
    }

    @Test
    void aPickleOfAnythingElseIsRefused() {
        TestPickle wrong = new TestPickle().codes("}").string("a");
        array(wrong, new int[] {3}, new TestPickle().string("1234"));
        refuses(objects(wrong.codes("s")), "array a of 3 ends early, got 4 bytes, expected 12");
        refuses(objects(new TestPickle().global("os", "system")), "carries code, got os.system", "numpy.savez(");
        refuses(objects(new TestPickle().global("_codecs", "encode")), "has its numbers as text", "encoding='latin1'");
        refuses(objects(new TestPickle().number(1)), "an array of objects that is no dictionary");
        refuses(objects(new TestPickle().codes("}").number(1).number(2).codes("s")), "an array has no name, got 1");
        refuses(
                npy("|O", false, "()", TestPickle.protocol(2).codes("}.").toBytes()),
                "array is not pickled as NumPy does it, got dict of 0");
        TestPickle list = new TestPickle().codes("}").string("a");
        array(list, new int[] {1}, new TestPickle().codes("]"));
        refuses(objects(list.codes("s")), "a is not pickled as NumPy does it, got list of 0");
    }

    @Test
    void anArrayMayNotBeRepeatedBeyondTheSizeOfTheFile() {
        TestPickle dict = new TestPickle().codes("}").string("a");
        array(dict, littleFloats(new float[1_000])).bytes('q', 9).codes("s");
        for (int i = 0; i < 100; i++) {
            dict.string("a" + i).bytes('h', 9).codes("s");
        }
        refuses(objects(dict), "the arrays repeat each other too often");
    }

    @Test
    void theRealMeanOfCaffeIsRead() {
        assumeTrue(Files.exists(MEAN), "skipped: " + MEAN + " is not here");
        try (TensorFile opened = NumpyFile.open(MEAN)) {
            assertThat(opened.tensors().get(0).shape()).hasToString("3x256x256");
            double sum = 0;
            for (float value : opened.tensors().get(0).read()) {
                sum += value;
            }
            assertThat(sum / 3 / 256 / 256).isCloseTo(114.451556, within(1e-5));
        }
    }
}
