package dev.tandem.nn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
    private static final Shape MATRIX = Shape.of(2, 3);

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void writeOne() {
        file = folder.resolve("a.safetensors");
        Safetensors.write(
                file,
                Map.of("note", "ünïcode \"quoted\""),
                List.of(
                        new Safetensors.Entry(
                                "m", MATRIX, () -> new float[] {1, -2, 3.5f, Float.MIN_VALUE, 1e30f, -0f}),
                        new Safetensors.Entry("s", Shape.scalar(), () -> new float[] {7})));
    }

    @Test
    void readsBackEveryBitAndTheMetadata() {
        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.read("m", MATRIX)).containsExactly(1, -2, 3.5f, Float.MIN_VALUE, 1e30f, -0f);
            assertThat(read.read("s", Shape.scalar())).containsExactly(7);
            assertThat(read.metadata()).containsEntry("note", "ünïcode \"quoted\"");
            assertThat(read.shapes()).containsExactly(Map.entry("m", MATRIX), Map.entry("s", Shape.scalar()));
        }
    }

    @Test
    void aMissingFileIsCalledMissing() {
        assertThatThrownBy(() -> Safetensors.open(file.resolveSibling("none.safetensors")))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("no such file, got nothing there");
        assertThatThrownBy(() -> Safetensors.open(file.getParent()))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("got something that is no plain file");
    }

    @Test
    void doublesKeepEveryBit() {
        double[] values = {1 / 3., -2.5, 1e300};
        Safetensors.write(file, Map.of(), List.of(Safetensors.Entry.ofDoubles("d", Shape.of(3), () -> values)));
        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.readDoubles("d", Shape.of(3))).isEqualTo(values);
            assertThat(read.read("d", Shape.of(3))).containsExactly(1 / 3f, -2.5f, Float.POSITIVE_INFINITY);
        }
    }

    @Test
    void hasTheLayoutThatOtherReadersExpect() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int header = (int) bytes.getLong();
        String json = new String(bytes.array(), 8, header, StandardCharsets.UTF_8);
        assertThat(json).contains("\"m\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}");
        assertThat(header % 8).isZero();
        assertThat(bytes.getFloat(8 + header + 8)).isEqualTo(3.5f);
        assertThat(bytes.capacity()).isEqualTo(8 + header + 28);
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> Safetensors.open(file))
                    .as("first %d bytes", length)
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT));
        }
    }

    @Test
    void refusesAFlippedBitInTheElements() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 5] ^= 4;
        Files.write(file, bytes);
        assertThatThrownBy(() -> Safetensors.open(file)).hasMessageContaining("checksum of the elements");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"m\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,240]}}",
                "{\"m\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[-24,0]}}",
                "{\"m\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647],\"data_offsets\":[0,4]}}",
                "{\"m\":{\"dtype\":\"F32\",\"shape\":[-2,-3],\"data_offsets\":[0,24]}}",
                "{\"m\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[0,24]}}",
                "{\"m\":{\"dtype\":\"I64\",\"shape\":[2,3],\"data_offsets\":[0,48]}}",
                "{\"m\":{\"dtype\":\"F32\",\"shape\":[9999999999999],\"data_offsets\":[0,24]}}",
                "{\"m\":{\"dtype\":{},\"shape\":[2,3],\"data_offsets\":[0,24]}}",
                "{\"m\":{\"dtype\":\"F32\",\"shape\":[2,[3]],\"data_offsets\":[0,24]}}",
                "{\"m\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,99999999999999999999]}}",
                "{\"m\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},\"m\":{}}",
                "{\"__metadata__\":{\"a\":{}}}",
                "{\"__metadata__\":[]}",
                "{\"m\":{\"dtype\":\"F32\",\"shape\":[2,3]}}",
                "{\"m\":7}",
                "[1,2]",
                "{nonsense",
                "null"
            })
    void refusesAHeaderThatLies(String header) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + 24).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, bytes.putLong(json.length).put(json).array());
        assertThatThrownBy(() -> Safetensors.open(file))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("read ");
    }

    @Test
    void readsTheOtherFloatingTypesConverted() throws IOException {
        ByteBuffer elements = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
        elements.putDouble(-0.1);
        // Half precision: 1, the smallest subnormal number, -65504 and infinity. The upper half of 3.140625.
        elements.putShort((short) 0x3C00)
                .putShort((short) 0x0001)
                .putShort((short) 0xFBFF)
                .putShort((short) 0x7C00);
        elements.putShort((short) 0x4049).putLong(42);
        writeForeign(
                "{\"d\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
                        + "\"h\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[8,16]},"
                        + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[16,18]},"
                        + "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[18,26]},"
                        + "\"e\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[26,26]}}",
                elements.array());

        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.read("d", Shape.scalar())).containsExactly(-0.1f);
            assertThat(read.read("h", Shape.of(4))).containsExactly(1, 0x1p-24f, -65504, Float.POSITIVE_INFINITY);
            assertThat(read.read("b", Shape.of(1))).containsExactly(3.140625f);
            assertThat(read.shapes()).containsOnlyKeys("d", "h", "b", "n");
            assertThatThrownBy(() -> read.read("n", Shape.scalar()))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("got I64, expected one of [F32, F64, F16, BF16]");
            assertThatThrownBy(() -> read.requireFinite("h", Shape.of(4)))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("element 3 is not finite, got Infinity");
            read.requireFinite("d", Shape.scalar());
        }
    }

    private void writeForeign(String header, byte[] elements) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + json.length + elements.length).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, bytes.putLong(json.length).put(json).put(elements).array());
    }

    @Test
    void itsMetadataCannotBeChanged() {
        try (Safetensors read = Safetensors.open(file)) {
            assertThatThrownBy(() -> read.metadata().put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void refusesAHugeHeaderLength() throws IOException {
        Files.write(
                file,
                ByteBuffer.allocate(64)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(Long.MAX_VALUE)
                        .array());
        assertThatThrownBy(() -> Safetensors.open(file)).hasMessageContaining("header length out of range");
    }

    @Test
    void namesBothShapesOnAMismatch() {
        try (Safetensors read = Safetensors.open(file)) {
            assertThatThrownBy(() -> read.read("m", Shape.of(3, 2)))
                    .hasMessageContaining("2x3")
                    .hasMessageContaining("3x2");
            assertThatThrownBy(() -> read.read("absent", MATRIX)).hasMessageContaining("no such tensor");
        }
    }
}
