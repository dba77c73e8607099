package dev.tandem.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.train.RunEvent;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run folder may come from a stranger: nothing in it is believed, and nothing is written through its links. */
class StrangeRunFolderTest {
    @TempDir
    private Path temporary;

    private RunFolder run;
    private Path victim;

    @BeforeEach
    void make() throws IOException {
        run = new RunFolder(Files.createDirectory(temporary.resolve("run")));
        victim = Files.writeString(temporary.resolve("victim"), "precious");
    }

    private Path file(String name) {
        return run.path().resolve(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "-1", "0", "1e999", "x", "", "0.1 0.2"})
    void aRateThatIsNoneIsIgnoredAndRemoved(String text) throws IOException {
        Files.writeString(file("requested-rate.txt"), text);
        assertThat(run.takeRequestedRate()).isEmpty();
        assertThat(file("requested-rate.txt")).doesNotExist();
    }

    @Test
    void aRateIsTakenOnce() {
        run.requestRate(0.25);
        assertThat(run.takeRequestedRate()).hasValue(0.25);
        assertThat(run.takeRequestedRate()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "cat\n", "cat\ncat\n", "cat\n\ndog\n"})
    void namesThatAreNoClassesAreRefused(String text) throws IOException {
        Files.writeString(file("classes.txt"), text);
        assertThatThrownBy(run::classNames)
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("no list of classes");
    }

    @Test
    void aListOfClassesThatIsNoTextIsRefused() throws IOException {
        assertThatThrownBy(run::classNames).isInstanceOf(TandemException.class);
        Files.createDirectory(file("classes.txt"));
        assertThatThrownBy(run::classNames).isInstanceOf(TandemException.class).hasMessageContaining("no plain file");
        Files.delete(file("classes.txt"));
        Files.write(file("classes.txt"), new byte[] {'a', '\n', (byte) 0xff, '\n'});
        assertThatThrownBy(run::classNames).isInstanceOf(TandemException.class);
    }

    @Test
    void nothingIsWrittenThroughLinks() throws IOException {
        for (String name : new String[] {"events.jsonl", "config.conf", "requested-rate.txt"}) {
            Files.createSymbolicLink(file(name), victim);
        }
        assertThat(run.takeRequestedRate()).isEmpty();
        run.writeConfig("tandem.train.seed = 1");
        run.requestRate(1);
        assertThatThrownBy(() -> run.log().append(new RunEvent(1, "rate", "1", "2")))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("events.jsonl");

        assertThat(victim).hasContent("precious");
        assertThat(Files.isSymbolicLink(file("config.conf"))).isFalse();
    }

    @Test
    void checkpointsOfSomewhereElseAreNotWritten() throws IOException {
        Files.createSymbolicLink(file("checkpoints"), Files.createDirectory(temporary.resolve("elsewhere")));
        assertThatThrownBy(run::requireOwnCheckpoints)
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("checkpoints is a symbolic link");
    }
}
