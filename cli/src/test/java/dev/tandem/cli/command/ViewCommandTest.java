package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestRunFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ViewCommandTest {
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:[0-9]+/");

    @TempDir
    Path folder;

    /** Runs the command until it says how it is ended; gives what {@code /api/runs} has answered by then. */
    private static List<String> view(List<Invocation> ended, String... args) {
        List<String> answers = new ArrayList<>();
        String[] address = new String[1];
        ended.add(Invocation.of(
                (interrupt, line) -> {
                    Matcher found = ADDRESS.matcher(line);
                    address[0] = address[0] == null && found.find() ? found.group() : address[0];
                    if (line.startsWith("Ctrl-C")) {
                        answers.add(read(address[0] + "api/runs"));
                        interrupt.request();
                    }
                },
                args));
        return answers;
    }

    private static String read(String address) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(address).toURL().openConnection();
            return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anInterruptEndsItInOrder() throws IOException {
        TestRunFolders.run(folder.resolve("one"), 3, 3);
        List<Invocation> ended = new ArrayList<>();
        List<String> answers = view(ended, "view", "--json", "--port", "0", "--runs", folder.toString());
        assertThat(answers).singleElement().asString().contains("\"id\":\"one\"");
        assertThat(ended.get(0).status()).isZero();
        assertThat(ended.get(0).json().path("address").asText()).startsWith("http://127.0.0.1:");
        assertThat(ended.get(0).json().path("runs").asInt()).isEqualTo(1);
        assertThat(ended.get(0).err()).contains("?token=").doesNotContain("There are no runs");
    }

    @Test
    void aFolderThatIsMissingIsAnEmptyListThatSaysWhatToDo() {
        Path missing = folder.resolve("missing");
        List<Invocation> ended = new ArrayList<>();
        List<String> answers =
                view(ended, "view", "--json", "--port", "0", "--token", "12345678", "--runs", missing.toString());
        assertThat(answers).singleElement().asString().contains("\"runs\":[]");
        assertThat(ended.get(0).err())
                .contains("There are no runs yet", "./tandem train --run " + missing.resolve("NAME"))
                .contains("?token=12345678");
        assertThat(missing).doesNotExist();
    }
}
