package dev.tandem.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void eachResultIsALineOfJsonInItsSection() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Report report = new Report(new PrintStream(out, false, StandardCharsets.UTF_8));
        report.begin("micro");
        report.row("copy", Report.text("%.1f GB/s", 2.25), Map.of("seconds", 0.5));
        report.row("loss", false, "NaN", Map.of("loss", Double.NaN));
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).containsExactly("{\"begin\":\"micro\"}", """
                        {"section":"micro","name":"copy","ok":true,"text":"2.3 GB/s","data":{"seconds":0.5}}""", """
                        {"section":"micro","name":"loss","ok":false,"text":"NaN","data":{"loss":"NaN"}}""");
    }

    @Test
    void aFewSlowBlocksMoveNeitherTheMedianNorTheSpread() {
        Steps.Times times = Steps.Times.of(new double[] {9, 1, 1.2, 1.1, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 0.2}, 110);
        assertThat(times.median()).isEqualTo(1.4);
        assertThat(times.low()).isEqualTo(1);
        assertThat(times.high()).isEqualTo(1.8);
    }
}
