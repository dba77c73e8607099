package dev.tandem.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.TensorFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A file is opened by what is in it, whatever it is called; of one without weights it is told what it is. */
class TensorFilesTest {
    @TempDir
    private Path temporary;

    @Test
    void theNameDoesNotCount() {
        Path file = temporary.resolve("weights.pth");
        Safetensors.write(file, Map.of(), List.of(new Safetensors.Entry("a", Shape.of(1), () -> new float[1])));
        try (TensorFile opened = TensorFiles.open(file)) {
            assertThat(opened.format()).isEqualTo("safetensors");
        }
    }

    /** The beginning of a file, and what it is called. */
    static Stream<Arguments> strangers() {
        return Stream.of(
                arguments("", "an empty file"),
                arguments("<!DOCTYPE html><html>", "a web page"),
                arguments("  <html lang=en>", "a web page"),
                arguments("version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS"),
                arguments("name: \"AlexNet\"\nlayer {", "(prototxt)"),
                arguments("{\"error\": \"not found\"}", "a JSON text"),
                arguments("404: Not Found", "a text"),
                arguments("PK\5\6", "a zip archive"),
                arguments("\37\213\10", "a gzip archive"),
                arguments("\377\330\377\340", "a JPEG image"),
                arguments("\211PNG", "a PNG image"),
                arguments("(dp0\nS'model_state'", "cuda-convnet"),
                arguments("\376\1\2", "bytes that begin with fe 01 02"));
    }

    @ParameterizedTest
    @MethodSource("strangers")
    void whatHoldsNoWeightsIsCalledByItsName(String begin, String said) throws IOException {
        Path file = Files.write(temporary.resolve("weights.pth"), begin.getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOfSatisfying(
                        TandemException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContaining(said);
    }

    @Test
    void aTarArchiveIsOne() throws IOException {
        byte[] bytes = new byte[1024];
        Arrays.fill(bytes, 0, 100, (byte) 'a');
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, bytes, 257, 5);
        Path file = Files.write(temporary.resolve("alexnet.pth.tar"), bytes);
        assertThatThrownBy(() -> TensorFiles.open(file)).hasMessageContaining("a tar archive");
    }

    @Test
    void whatIsNoFileIsRefused() {
        assertThatThrownBy(() -> TensorFiles.open(temporary)).hasMessageContaining("no plain file");
        assertThatThrownBy(() -> TensorFiles.open(temporary.resolve("x"))).hasMessageContaining("nothing there");
    }
}
