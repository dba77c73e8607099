package dev.tandem.spark.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.spark.TestSession;
import dev.tandem.spark.cluster.TandemVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TandemSparkCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    /** Runs a command on a local session, which it ends. */
    private int run(String... words) {
        TestSession.local(2);
        return TandemSparkCommand.execute(new PrintWriter(out, true), new PrintWriter(err, true), words);
    }

    private JsonNode json() throws IOException {
        String[] lines = out.toString().split("\n", -1);
        return new ObjectMapper().readTree(lines[lines.length - 2]);
    }

    @Test
    void checkTellsWhatEachExecutorIs() throws IOException {
        assertThat(run("check", "--recipe", "small", "--json")).isZero();
        JsonNode executor = json().get("executors").get(0);
        assertThat(executor.get("tandem").asText()).isEqualTo(TandemVersion.number());
        assertThat(executor.get("java").asText()).isEqualTo(System.getProperty("java.version"));
        assertThat(executor.get("problem").asText()).isEmpty();
        assertThat(executor.get("devices")).hasSize(1);
        assertThat(err.toString()).contains("(executor driver): Java " + System.getProperty("java.version"));
    }

    @Test
    void wrongSettingsAreMisuse() throws IOException {
        assertThat(run("check", "-D", "tandem.recipe=lenet", "--json")).isEqualTo(2);
        assertThat(err.toString()).startsWith("Error: tandem.recipe: unknown name, got lenet");
        assertThat(json().get("error").get("code").asText()).isEqualTo("INVALID_CONFIGURATION");
    }

    @Test
    void aWrongCommandLineIsMisuse() throws IOException {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).startsWith("Which command?");
        assertThat(run("check", "--recipes", "small", "--json")).isEqualTo(2);
        assertThat(json().get("error").get("message").asText()).contains("--recipes");
    }

    /** Another version than the build's would be refused on every executor. */
    @Test
    void theVersionIsTheBuilds() {
        assertThat(TandemVersion.number()).matches("\\d+\\.\\d+\\.\\d+.*");
    }
}
