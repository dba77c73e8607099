package dev.tandem.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.train.ClassWeights;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration of a run may be a stranger's. */
class PlainHoconTest {
    @TempDir
    private Path folder;

    private TandemConfig load(String text) throws IOException {
        return new ConfigSources()
                .addRun(Files.writeString(folder.resolve("config.conf"), text))
                .load();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "include \"other.conf\"",
                "include file(\"other.conf\")",
                "include required(file(\"other.conf\"))",
                "include classpath(\"reference.conf\")",
                "tandem { include \"other.conf\" }"
            })
    void includesNothing(String text) throws IOException {
        Files.writeString(folder.resolve("other.conf"), "tandem.train.seed = 99");
        assertThatThrownBy(() -> load(text))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
                .hasMessageContaining("it includes, got ");
    }

    @Test
    @Timeout(20)
    void makesNoRequest() throws IOException {
        try (ServerSocket server = new ServerSocket(0)) { // accepts, and never answers
            String url = "http://localhost:" + server.getLocalPort() + "/x.conf";
            for (String include : new String[] {"url(\"" + url + "\")", "\"" + url + "\""}) {
                assertThatThrownBy(() -> load("include " + include))
                        .isInstanceOf(TandemException.class)
                        .hasMessageContaining("it includes");
            }
            server.setSoTimeout(1);
            assertThatThrownBy(server::accept).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tandem.data = ${PATH}",
                "tandem.data = ${?PATH}",
                "tandem.data = x${java.home}",
                "tandem.ablations += a",
                "a = [x, x], a = ${a} ${a}"
            })
    void substitutesNothing(String text) {
        assertThatThrownBy(() -> load(text))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("it substitutes")
                .hasMessageNotContaining(System.getProperty("java.home"));
    }

    static Stream<String> bombs() {
        StringBuilder doublings = new StringBuilder("a0 = xxxxxxxxxx\n");
        for (int i = 1; i <= 34; i++) {
            doublings.append("a" + i + " = ${a" + (i - 1) + "}${a" + (i - 1) + "}\n");
        }
        return Stream.of(
                doublings.toString(),
                "a = " + "[".repeat(20_000),
                "{a".repeat(20_000),
                "a." + "b.".repeat(20_000) + "c = 1",
                "a = " + "x ".repeat(40_000),
                "a = \"" + "x".repeat(1 << 21) + "\"",
                "tandem.train.seed = " + "9".repeat(60_000),
                "a = " + "[\"]\"".repeat(15_000));
    }

    @ParameterizedTest
    @MethodSource("bombs")
    @Timeout(20)
    void isBounded(String bomb) {
        assertThatThrownBy(() -> load(bomb)).isInstanceOf(TandemException.class);
    }

    @Test
    @Timeout(20)
    void manySettingsTakeNoTime() throws IOException {
        StringBuilder many = new StringBuilder();
        for (int i = 0; many.length() < 65_000; i++) {
            many.append("a.b" + i + "=1\n");
        }
        assertThatThrownBy(() -> load(many.toString())).hasMessageContaining("too many settings");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\\u0000b", "\\ud800"})
    void aPathThatIsNoneIsRefused(String path) {
        assertThatThrownBy(() -> load("tandem.data = \"" + path + "\""))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("expected a path");
    }

    @Test
    void settingsOfABackendThatIsNotHereAreLeftOutOfARun() throws IOException {
        String text = "tandem.elsewhere.blocking = 1\ntandem.train.seed = 7\n";
        assertThat(load(text).train().seed()).isEqualTo(7);

        assertThatThrownBy(() -> new ConfigSources()
                        .addFile(folder.resolve("config.conf"))
                        .load())
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("unknown setting, got tandem.elsewhere.blocking");
        assertThatThrownBy(() -> load("tandem.train.bacth = 1")).hasMessageContaining("unknown setting");
    }

    @Test
    void aConfigurationThatARunHasWrittenLoads() throws IOException {
        String rendered = load("tandem { train { learning-rate = 1e-3, class-weights = balanced } }")
                .render();
        TandemConfig again = load(rendered);
        assertThat(again.train().learningRate()).hasValue(1e-3);
        assertThat(again.train()).isEqualTo(load(rendered).train());
        assertThat(again.train().classWeights()).isEqualTo(ClassWeights.BALANCED);
    }

    @Test
    void anUnknownWordNamesTheKnownOnes() {
        assertThatThrownBy(() -> load("tandem.train.class-weights = equal"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("expected none or balanced");
    }

    @Test
    void bytesThatAreNoTextAreRefused() throws IOException {
        Path file = Files.write(folder.resolve("x.conf"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, '{'});
        assertThatThrownBy(() -> new ConfigSources().addRun(file).load()).isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> new ConfigSources().addRun(folder).load()).isInstanceOf(TandemException.class);
    }
}
