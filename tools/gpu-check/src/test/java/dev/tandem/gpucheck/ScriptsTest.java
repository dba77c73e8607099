package dev.tandem.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The scripts' own tests, which are written in their language. */
class ScriptsTest {
    @Test
    void theScriptsPassTheirTests() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("python3", "src/test/python/gpu_check_test.py");
        builder.environment().put("PYTHONPATH", ".");
        builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
        Process process;
        try {
            process = builder.redirectErrorStream(true).start();
        } catch (IOException e) {
            Assumptions.abort("skipped: python3 is not here");
            return;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
