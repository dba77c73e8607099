package dev.tandem.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.TensorFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
    static final String HEADER = "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"h\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[8,10]},"
            + "\"q\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[10,12]},"
            + "\"e\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[12,12]}}";

    @TempDir
    private Path folder;

    static byte[] bytes() {
        byte[] json = HEADER.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + 12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .putFloat(1)
                .putFloat(-2)
                .putShort((short) 0x4049)
                .array();
    }

    @Test
    void everyTensorIsListedAndThoseOfFloatingTypesAreRead() throws IOException {
        assertThat(SafetensorsFile.matches(bytes())).isTrue();
        assertThat(SafetensorsFile.matches(new byte[20])).isFalse();
        try (TensorFile opened = SafetensorsFile.open(Files.write(folder.resolve("a.safetensors"), bytes()))) {
            assertThat(opened.tensors())
                    .extracting(tensor -> tensor.name() + " " + tensor.shape() + " " + tensor.type())
                    .containsExactly("w 2 F32", "h scalar BF16", "q 2 F8_E4M3");
            assertThat(opened.tensors().get(0).read()).containsExactly(1, -2);
            assertThat(opened.tensors().get(1).read()).containsExactly(3.140625f);
            assertThatThrownBy(() -> opened.tensors().get(2).read())
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("read q from ")
                    .hasMessageContaining("an element type that weights cannot have, got F8_E4M3")
                    .hasMessageContaining("Convert the tensor to F32");
            assertThat(opened.metadata())
                    .containsExactly(
                            entry("format", "pt"), entry("e", "a tensor without elements, or with 2^31 or more"));
        }
    }
}
