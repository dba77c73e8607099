package dev.tandem.weights.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of classes as people and programs write them. */
class ClassListTest {
    @TempDir
    private Path temporary;

    private Path file(String text) {
        try {
            return Files.writeString(temporary.resolve("classes.txt"), text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cat\ndog\n",
                "cat\r\ndog",
                "\ufeffcat\ndog\n",
                "[\"cat\", \"dog\"]",
                "{\"0\": \"cat\", \"1\": \"dog\"}",
                "{\"1\": [\"dog\", \"a dog\"], \"0\": [\"cat\", \"a cat\"]}"
            })
    void namesInLinesOrInJson(String text) {
        assertThat(ClassList.read(file(text))).containsExactly("cat", "dog");
    }

    @Test
    void ofALineThatBeginsWithAWnidOnlyThatCounts() {
        assertThat(ClassList.read(file("n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n")))
                .containsExactly("n01440764", "n01443537");
        assertThat(ClassList.read(file("n01440764x y\nnine\n"))).containsExactly("n01440764x y", "nine");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "cat",
                "cat\ncat\n",
                "cat\n\ndog\n",
                "[1, 2]",
                "{\"0\": \"cat\", \"2\": \"dog\"}",
                "[\"cat\","
            })
    void whatIsNoListIsRefused(String text) {
        assertThatThrownBy(() -> ClassList.read(file(text)))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("Write the name of a class in each line");
    }

    @Test
    void bytesThatAreNoTextAreRefused() throws IOException {
        Path file = Files.write(temporary.resolve("a"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThatThrownBy(() -> ClassList.read(file)).hasMessageContaining("it is no text");
        assertThatThrownBy(() -> ClassList.read(temporary)).hasMessageContaining("no such file");
    }
}
