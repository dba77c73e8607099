package dev.tandem.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.cli.TandemCommand;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextOutputTest {
    private static String printed(String text, Charset charset) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new TextOutput(bytes, charset).println(text);
        return bytes.toString(charset).stripTrailing();
    }

    @Test
    void aNameStaysOnItsLineAndControlsNoTerminal() {
        assertThat(printed("\u001b[31mred\nnext\r\t\u009b", StandardCharsets.UTF_8))
                .isEqualTo("\\u001b[31mred\\nnext\\r\\t\\u009b");
        assertThat(printed("Repair:\n  a\u0007\n  b", StandardCharsets.UTF_8)).isEqualTo("Repair:\n  a\\u0007\n  b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-8", "US-ASCII", "ISO-8859-1"})
    void programsReadWhatTheEncodingLacks(String charset) throws IOException {
        String json = new ObjectMapper().writeValueAsString(List.of("été 猫 🐶 \u202e \u007f \n"));
        String printed = printed(json, Charset.forName(charset));
        assertThat(printed).doesNotContain("?").hasLineCount(1);
        assertThat(new ObjectMapper().readTree(printed)).isEqualTo(new ObjectMapper().readTree(json));
    }

    @Test
    void remembersWhyItFailed() {
        TextOutput output = new TextOutput(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("No space left on device");
                    }
                },
                StandardCharsets.UTF_8);
        assertThat(output.failure()).isEmpty();
        output.println("lost");
        assertThat(output.failure()).hasValueSatisfying(e -> assertThat(e).hasMessage("No space left on device"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--json", "--verbose", "--help"})
    void anAnswerThatIsNotWrittenIsAFailure(String option) throws IOException, InterruptedException {
        File full = new File("/dev/full");
        assumeTrue(full.exists(), "no /dev/full");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TandemCommand.class.getName(),
                        "summary",
                        option)
                .redirectOutput(full)
                .start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(err).isEqualTo(1);
        assertThat(err)
                .endsWith("Error: standard output: it is not complete, got No space left on device, expected a"
                        + " place for all of it. Print to another place, or make room" + System.lineSeparator());
    }

    @Test
    void aReaderThatLeavesEarlyIsToldNothing() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TandemCommand.class.getName(),
                        "summary")
                .start();
        process.getInputStream().close();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(err).isEqualTo(1);
        assertThat(err).doesNotContain("Error");
    }
}
