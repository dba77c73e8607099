package dev.tandem.weights.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.pickle.PickleValue.Dict;
import dev.tandem.weights.pickle.PickleValue.Made;
import dev.tandem.weights.pickle.PickleValue.Sequence;
import dev.tandem.weights.pickle.PickleValue.Whole;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.testing.TestPickle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PickleReaderTest {
    private static final Set<String> ALLOWED = Set.of("collections.OrderedDict", "math.hypot");

    @TempDir
    private Path folder;

    private PickleValue read(TestPickle pickle) {
        Path file = folder.resolve("a.pkl");
        try {
            Files.write(file, pickle.toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (InputFile input = InputFile.open(file)) {
            return reader(input).read();
        }
    }

    private static PickleReader reader(InputFile input) {
        return new PickleReader(
                new PickleInput(input, 0, input.size()),
                ALLOWED,
                (name, within) -> input.refused("no", name, within == null ? "whole" : within.describe(), ""));
    }

    private void refuses(TestPickle pickle, String words) {
        assertThatThrownBy(() -> read(pickle))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining(words);
    }

    private static TestPickle pickle() {
        return TestPickle.protocol(2);
    }

    @Test
    void simpleValuesAreThemselves() {
        PickleValue value = read(TestPickle.protocol(4)
                .bytes(0x95, 0, 0, 0, 0, 0, 0, 0, 0)
                .codes("(N")
                .bytes(0x88, 0x89)
                .number(-7)
                .bytes('K', 200, 'M', 1, 2)
                .bytes(0x8a, 0)
                .bytes(0x8a, 2, 0, 0xff)
                .bytes('G', 0x3f, 0xe0, 0, 0, 0, 0, 0, 0)
                .text("ü")
                .bytes(0x8c, 1, 'a')
                .string("b")
                .codes("t."));
        assertThat(((Sequence) value).values())
                .containsExactly(
                        new PickleValue.None(),
                        new PickleValue.Truth(true),
                        new PickleValue.Truth(false),
                        new Whole(-7),
                        new Whole(200),
                        new Whole(513),
                        new Whole(0),
                        new Whole(-256),
                        new PickleValue.Real(0.5),
                        new PickleValue.Text("ü"),
                        new PickleValue.Text("a"),
                        new PickleValue.Bytes(52, 1, "b"));
    }

    @Test
    void listsDictionariesAndTuplesKeepTheirOrder() {
        Dict dict = (Dict) read(pickle().codes("}(")
                .text("b")
                .codes("](")
                .number(1)
                .number(2)
                .codes("e")
                .number(3)
                .codes("a")
                .text("a")
                .number(4)
                .number(5)
                .bytes(0x86)
                .codes("u."));
        assertThat(dict.entries()).extracting(entry -> entry.key().asText()).containsExactly("b", "a");
        assertThat(((Sequence) dict.get("b")).values()).containsExactly(new Whole(1), new Whole(2), new Whole(3));
        assertThat(((Sequence) dict.get("a")).values()).containsExactly(new Whole(4), new Whole(5));
        assertThat(dict.get("c")).isNull();
    }

    @Test
    void anAllowedFunctionIsNamedAndNotCalled() {
        Made made = (Made) read(pickle().global("math", "hypot").numbers(3, 4).codes("R}b."));
        assertThat(made.by()).isEqualTo("math.hypot");
        assertThat(made.arguments()).containsExactly(new Whole(3), new Whole(4));
        assertThat(made.state()).isInstanceOf(Dict.class);
        assertThat(read(TestPickle.protocol(4)
                        .text("math")
                        .text("hypot")
                        .bytes(0x93)
                        .codes(")")
                        .bytes(0x81)
                        .codes(".")))
                .isInstanceOf(Made.class);
    }

    @Test
    void everyOtherNameIsRefusedBeforeAnythingIsBuilt() {
        refuses(pickle().global("os", "system"), "no, got os.system, expected whole");
        refuses(pickle().codes("}").text("a").global("builtins", "eval"), "got builtins.eval, expected dict of 0");
        refuses(TestPickle.protocol(4).text("posix").text("system").bytes(0x93), "got posix.system");
        refuses(pickle().global("os", "\u001b[2J\u202e"), "got os.\\u001b[2J\\u202e");
        refuses(TestPickle.protocol(4).text("a".repeat(100_000)).text("b").bytes(0x93), "aaa..., expected whole");
    }

    @Test
    void anOrderedDictOfPairsIsADictionary() {
        Dict dict = (Dict) read(pickle().global("collections", "OrderedDict")
                .codes("](](")
                .string("a")
                .number(1)
                .codes("ee")
                .bytes(0x85)
                .codes("R}")
                .string("_metadata")
                .number(2)
                .codes("sb."));
        assertThat(dict.get("a")).isEqualTo(new Whole(1));
        assertThat(dict.entries()).hasSize(1);
        refuses(pickle().global("collections", "OrderedDict").numbers(1).codes("R."), "an OrderedDict of, got 1");
        refuses(
                pickle().global("collections", "OrderedDict")
                        .codes("]")
                        .number(1)
                        .codes("a")
                        .bytes(0x85)
                        .codes("R."),
                "a pair of an OrderedDict, got 1");
    }

    @Test
    void longBytesStayInTheFile() {
        byte[] many = new byte[70_000];
        Sequence pair = (Sequence)
                read(pickle().counted('T', many).counted('B', many).bytes(0x86).codes("."));
        assertThat(pair.values())
                .containsExactly(new PickleValue.Bytes(7, 70_000, null), new PickleValue.Bytes(70_012, 70_000, null));
    }

    @Test
    void aListThatContainsItselfIsRead() {
        Sequence list =
                (Sequence) read(pickle().codes("]").bytes('q', 0, 'h', 0).codes("a."));
        assertThat(list.values()).containsExactly(list);
        assertThat(list.describe()).isEqualTo("list of 1");
        assertThat(list.hashCode()).isEqualTo(list.hashCode());
    }

    @Test
    void tuplesOfTuplesThatWouldNeverEndAreRead() {
        TestPickle pickle = pickle().codes(")");
        for (int i = 0; i < 10_000; i++) {
            pickle.bytes('q', 0, 'h', 0, 'h', 0, 0x87);
        }
        assertThat(((Sequence) read(pickle.codes("."))).values()).hasSize(3);
    }

    @Test
    void whatGrowsBeyondItsFileIsRefused() {
        TestPickle pickle =
                pickle().global("collections", "OrderedDict").bytes('q', 0).codes("](");
        for (int i = 0; i < 2_000; i++) {
            pickle.numbers(1, 2);
        }
        pickle.codes("e").bytes(0x85, 'q', 1);
        for (int i = 0; i < 2_000; i++) {
            pickle.bytes('h', 0, 'h', 1, 'R');
        }
        refuses(pickle, "the pickle is too long");
        refuses(pickle().codes("N".repeat((1 << 20) + 1)), "the pickle is too long");
        refuses(pickle().codes("(".repeat(1_001)), "nested too deeply");
    }

    @Test
    void lengthsAreBoundedByWhatRemains() {
        refuses(pickle().bytes('X').int32(1_000_000).raw(new byte[10]), "got 1000000 bytes, expected 10 or fewer");
        refuses(pickle().bytes('X').int32(-1), "a text in the pickle is too long");
        refuses(pickle().bytes('T').int32(-1), "got 4294967295 bytes, expected 0 or fewer");
        refuses(pickle().bytes('B').int32(4), "beyond its end");
        refuses(pickle().bytes(0x8e, 0, 0, 0, 0, 0, 0, 0, 0x80), "beyond its end");
        refuses(pickle().bytes('U', 3, 'a'), "beyond its end");
        refuses(pickle().bytes(0x8a, 255), "beyond its end");
        refuses(TestPickle.protocol(4).bytes(0x95, 9, 0, 0, 0, 0, 0, 0, 0).codes("N."), "beyond its end");
        refuses(pickle().codes("c" + "a".repeat(300)), "a name in the pickle is too long");
        refuses(pickle().codes("cab"), "beyond its end");
        refuses(pickle(), "beyond its end");
    }

    @Test
    void whatPythonDoesNotWriteIsRefused() {
        refuses(TestPickle.protocol(0).codes("N."), "another protocol of pickle, got 0, expected 2 to 5");
        refuses(new TestPickle().codes("(dp0\n."), "got none that it names");
        refuses(pickle().codes("."), "does not end in one value, got 0 values");
        refuses(pickle().codes("NN."), "got 2 values");
        refuses(pickle().codes("N(."), "does not end in one value");
        refuses(pickle().codes("("), "beyond its end");
        refuses(pickle().codes("a"), "takes a value that is not there");
        refuses(pickle().codes("](a"), "takes a value that is not there");
        refuses(pickle().codes("t"), "a group that did not begin");
        refuses(pickle().codes("NNa"), "values appended to, got None");
        refuses(pickle().codes(")Na"), "values appended to, got tuple of 0");
        refuses(pickle().codes("}(Nu"), "1 keys and values set in, got dict of 0");
        refuses(pickle().codes("NNNs"), "keys and values set in, got None");
        refuses(pickle().codes("N)R"), "made by what is no class or function, got None");
        refuses(pickle().global("math", "hypot").codes("]R"), "arguments that are no tuple");
        refuses(pickle().codes("NNb"), "a state for, got None");
        refuses(pickle().codes("NN").bytes(0x93), "a name that is no text");
        refuses(pickle().bytes('h', 3), "takes a value that it did not store, got 3");
        refuses(pickle().codes("I12\n"), "got 0x49 at 2");
        refuses(pickle().bytes(0x97), "an operation that weights do not need, got 0x97");
    }

    @Test
    void picklesFollowEachOther() throws IOException {
        Path file = folder.resolve("two.pkl");
        Files.write(
                file,
                pickle().text("a")
                        .bytes('q', 0)
                        .codes(".")
                        .raw(pickle().text("b").codes("Q.").toBytes())
                        .toBytes());
        try (InputFile input = InputFile.open(file)) {
            PickleReader reader = reader(input);
            assertThat(reader.read()).isEqualTo(new PickleValue.Text("a"));
            assertThat(reader.read()).isEqualTo(new PickleValue.Reference(new PickleValue.Text("b")));
            assertThat(reader.references()).isEqualTo(List.of(new PickleValue.Reference(new PickleValue.Text("b"))));
        }
    }
}
