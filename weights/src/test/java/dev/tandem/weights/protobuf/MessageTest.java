package dev.tandem.weights.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.FileElements;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.NumberType;
import dev.tandem.weights.tensor.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MessageTest {
    @TempDir
    private Path folder;

    /** Reads what is in a message. */
    private interface Use<T> {
        T read(Message message);
    }

    private <T> T read(byte[] bytes, Use<T> use) throws IOException {
        Path file = Files.write(folder.resolve("message"), bytes);
        try (InputFile open = InputFile.open(file)) {
            return use.read(Message.of(open, "Test"));
        }
    }

    private void refused(byte[] bytes, Use<?> use, String... words) {
        assertThatThrownBy(() -> read(bytes, use))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContainingAll(words);
    }

    private static int countFields(Message message) {
        int count = 0;
        while (message.next()) {
            count++;
        }
        return count;
    }

    @Test
    void everyKindOfField() throws IOException {
        TestMessage message = new TestMessage()
                .integer(1, -1)
                .number(2, 1.5f)
                .number(3, 2.5)
                .text(4, "ä")
                .message(100, new TestMessage().integer(7, 1L << 40))
                .integers(5, 1, 300, Long.MIN_VALUE);
        read(message.toBytes(), in -> {
            assertThat(in.next()).isTrue();
            assertThat(in.integer()).isEqualTo(-1);
            in.next();
            assertThat(in.number()).isEqualTo(1.5f);
            in.next();
            assertThat(in.type()).isEqualTo(WireType.FIXED64);
            in.next();
            assertThat(in.text()).isEqualTo("ä");
            in.next();
            assertThat(in.field()).isEqualTo(100);
            Message inner = in.message("Inner");
            assertThat(inner.next()).isTrue();
            assertThat(inner.integer()).isEqualTo(1L << 40);
            assertThat(inner.next()).isFalse();
            in.next();
            List<Long> numbers = new ArrayList<>();
            in.addIntegers(numbers, 3);
            assertThat(numbers).containsExactly(1L, 300L, Long.MIN_VALUE);
            assertThat(in.next()).isFalse();
            return null;
        });
    }

    @Test
    void damage() {
        refused(new byte[] {0x0A, 5, 1}, MessageTest::countFields, "field 1 of Test", "5 bytes", "damaged");
        refused(new byte[] {0x0A, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, MessageTest::countFields, "field 1 of Test");
        refused(new byte[] {8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, MessageTest::countFields, "10 bytes");
        refused(new byte[] {8, -1}, MessageTest::countFields, "an end at byte 2");
        refused(new byte[] {0x0D, 1, 2, 3}, MessageTest::countFields, "4 bytes from 1");
        refused(new byte[] {0x0B}, MessageTest::countFields, "key 11"); // a group
        refused(new byte[] {2, 0}, MessageTest::countFields, "key 2"); // field 0
    }

    @Test
    void anotherKindThanExpected() {
        byte[] number = new TestMessage().integer(3, 1).toBytes();
        refused(number, in -> in.next() ? in.text() : null, "field 3 of Test", "VARINT", "LENGTH");
        byte[] numbers =
                new TestMessage().integers(3, LongStream.range(0, 9).toArray()).toBytes();
        refused(
                numbers,
                in -> {
                    in.next();
                    in.addIntegers(new ArrayList<>(), 8);
                    return null;
                },
                "more than 8");
    }

    private static int depth(Message message) {
        return message.next() ? 1 + depth(message.message("Inner")) : 0;
    }

    @Test
    void deepMessages() throws IOException {
        TestMessage deep = new TestMessage();
        for (int i = 0; i < 32; i++) {
            deep = new TestMessage().message(1, deep);
        }
        assertThat(read(deep.toBytes(), MessageTest::depth)).isEqualTo(32);
        byte[] deeper = new TestMessage().message(1, deep).toBytes();
        refused(deeper, MessageTest::depth, "messages inside of messages");
    }

    @Test
    void manyMessagesAndMuchText() {
        byte[] many = new byte[2 * 400_001];
        for (int i = 0; i < many.length; i += 2) {
            many[i] = 0x0A;
        }
        Use<?> messages = in -> {
            while (in.next()) {
                in.message("Empty");
            }
            return null;
        };
        refused(many, messages, "400001");
        TestMessage much = new TestMessage();
        String text = "a".repeat(1 << 16);
        for (int i = 0; i < 321; i++) {
            much.text(1, text);
        }
        Use<?> texts = in -> {
            while (in.next()) {
                in.text();
            }
            return null;
        };
        refused(much.toBytes(), texts, "names and texts together");
        refused(new TestMessage().text(1, text + "a").toBytes(), texts, "65537 bytes");
    }

    private float[] numbers(byte[] bytes, WireType wire, NumberType type, boolean inFile) throws IOException {
        return read(bytes, in -> {
            RepeatedNumbers numbers = new RepeatedNumbers(in, 5, wire);
            while (in.next()) {
                if (in.field() == 5) {
                    numbers.add();
                }
            }
            StoredTensor.Elements elements = numbers.elements(type);
            assertThat(elements instanceof FileElements).isEqualTo(inFile);
            return new StoredTensor("a", Shape.of((int) numbers.count()), "", elements).read();
        });
    }

    @Test
    void numbersPackedOrNot() throws IOException {
        byte[] packed = new TestMessage()
                .integer(1, 1)
                .bytes(5, TestMessage.floats(1, 2, 3))
                .toBytes();
        assertThat(numbers(packed, WireType.FIXED32, NumberType.F32, true)).containsExactly(1, 2, 3);
        byte[] mixed = new TestMessage()
                .number(5, 1f)
                .bytes(5, TestMessage.floats(2, 3))
                .integer(1, 1)
                .number(5, 4f)
                .toBytes();
        assertThat(numbers(mixed, WireType.FIXED32, NumberType.F32, false)).containsExactly(1, 2, 3, 4);
        byte[] doubles = new TestMessage().number(5, 1.5).number(5, -2.0).toBytes();
        assertThat(numbers(doubles, WireType.FIXED64, NumberType.F64, false)).containsExactly(1.5f, -2);
        byte[] halves = new TestMessage()
                .integers(5, 0x3C00, 0xC000, 1)
                .integer(5, 0x7C00)
                .toBytes();
        assertThat(numbers(halves, WireType.VARINT, NumberType.F16, false))
                .containsExactly(1, -2, 0x1p-24f, Float.POSITIVE_INFINITY);
    }

    @Test
    void moreNumbersThanAPart() throws IOException {
        int count = 40_000;
        TestMessage single = new TestMessage();
        float[] all = new float[count];
        for (int i = 0; i < count; i++) {
            all[i] = i;
            single.number(5, all[i]);
        }
        assertThat(numbers(single.toBytes(), WireType.FIXED32, NumberType.F32, false))
                .isEqualTo(all);
        byte[] packed = new TestMessage().bytes(5, TestMessage.floats(all)).toBytes();
        assertThat(numbers(packed, WireType.FIXED32, NumberType.F32, true)).isEqualTo(all);
    }

    @Test
    void aPartOfANumber() {
        byte[] bytes = new TestMessage().bytes(5, new byte[7]).toBytes();
        assertThatThrownBy(() -> numbers(bytes, WireType.FIXED32, NumberType.F32, true))
                .hasMessageContainingAll("packed numbers", "7 bytes");
    }
}
