package dev.tandem.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.cli.Invocation;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Under --json, standard output is one line of JSON, however a command ends. */
class JsonLineTest {
    private static JsonNode onlyLine(Invocation invocation) throws IOException {
        assertThat(invocation.out().lines()).hasSize(1);
        return invocation.json();
    }

    static Stream<Arguments> misuses() {
        return Stream.of(
                Arguments.of(List.of("--json"), "tandem"),
                Arguments.of(List.of("trian", "--json"), "tandem"),
                Arguments.of(List.of("train", "--epoch", "3", "--json"), "tandem train"),
                Arguments.of(List.of("train", "--json", "-D", "tandem.recipe"), "tandem train"),
                Arguments.of(List.of("evaluate", "--json"), "tandem evaluate"),
                Arguments.of(List.of("evaluate", "--json=true", "--run"), "tandem evaluate"),
                Arguments.of(List.of("pack", "--json", "--side", "large", "a", "b"), "tandem pack"));
    }

    @ParameterizedTest
    @MethodSource("misuses")
    void aCommandLineThatCannotBeParsed(List<String> args, String operation) throws IOException {
        Invocation misused = Invocation.of(args.toArray(String[]::new));
        assertThat(misused.status()).isEqualTo(2);
        JsonNode error = onlyLine(misused).get("error");
        assertThat(error.get("code").asText()).isEqualTo("INVALID_ARGUMENT");
        assertThat(error.get("operation").asText()).isEqualTo(operation);
        assertThat(error.get("message").asText()).isNotBlank();
        assertThat(misused.err()).contains(error.get("message").asText());
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(List.of("train", "-D", "tandem.train.bach=3"), "INVALID_CONFIGURATION", "configuration"),
                Arguments.of(List.of("train", "--data", "no-such"), "INVALID_DATA", "data folder"),
                Arguments.of(List.of("evaluate", "--run", "no-such"), "INVALID_ARGUMENT", "run folder no-such"),
                Arguments.of(
                        List.of("classify", "--run", "no-such", "a.jpg"), "INVALID_ARGUMENT", "run folder no-such"),
                Arguments.of(List.of("rate", "--run", "no-such", "-1"), "INVALID_ARGUMENT", "rate"),
                Arguments.of(List.of("data", "no-such"), "INVALID_DATA", "data folder"),
                Arguments.of(List.of("pack", "no-such"), "INVALID_ARGUMENT", "pack"),
                Arguments.of(List.of("pack", "--verify", "no-such"), "INVALID_DATA", "shards"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aCommandThatFails(List<String> args, String code, String operation) throws IOException {
        Invocation failed =
                Invocation.of(Stream.concat(args.stream(), Stream.of("--json")).toArray(String[]::new));
        assertThat(failed.status()).isEqualTo(2);
        JsonNode error = onlyLine(failed).get("error");
        assertThat(error.get("code").asText()).isEqualTo(code);
        assertThat(error.get("operation").asText()).contains(operation);
        assertThat(error.get("message").asText())
                .startsWith(error.get("operation").asText() + ": ");
        assertThat(failed.err()).contains("Error: " + error.get("message").asText());
    }

    @Test
    void helpAndVersion() throws IOException {
        assertThat(onlyLine(Invocation.of("train", "--help", "--json"))
                        .get("help")
                        .asText())
                .contains("--epochs");
        assertThat(onlyLine(Invocation.of("doctor", "--json", "--version"))
                        .get("help")
                        .asText())
                .startsWith("tandem ");
    }

    @Test
    void anAnswerIsKeptIfSomethingFailsAfterIt() throws IOException {
        JsonLine.Failure failure = JsonLine.Failure.of("tandem train", new OutOfMemoryError("no heap"));
        assertThat(JsonLine.of(Map.of("epochs", 3), failure))
                .isEqualTo("{\"epochs\":3,\"error\":{\"code\":\"UNEXPECTED\",\"operation\":\"tandem train\","
                        + "\"message\":\"java.lang.OutOfMemoryError: no heap\"}}");
    }

    @Test
    void withoutJsonNothingOfItIsPrinted() {
        assertThat(Invocation.of("evaluate", "--run", "no-such").out()).isEmpty();
        assertThat(Invocation.of("classify", "--run", "no-such", "--", "--json").out())
                .isEmpty();
    }
}
