package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A net that was trained and is served, until the command is told to stop. */
class ServeTest {
    private static final Pattern ADDRESS = Pattern.compile("--data-binary @photo.jpg (http://\\S+/classify)");
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    @Timeout(120)
    void answersAreThoseOfClassifyAndStoppingIsNoFailure(@TempDir Path folder) throws Exception {
        Path data = TestPhotographs.folder(folder.resolve("data"), 4, 2);
        String run = folder.resolve("run").toString();
        List<String> training = List.of("--data", data.toString(), "--run", run, "--batch", "4", "--epochs", "1");
        assertThat(Invocation.tiny("train", training.toArray(String[]::new)).status())
                .isZero();
        Path photograph = data.resolve("val/red/image1.png");
        Invocation classify = Invocation.of("classify", "--run", run, "--json", photograph.toString());
        JsonNode expected = classify.json().at("/images/0/classes");
        assertThat(expected).hasSize(3);

        List<CompletableFuture<String>> answers = new ArrayList<>();
        Invocation serve = Invocation.of(
                (interrupt, text) -> {
                    Matcher address = ADDRESS.matcher(text);
                    if (answers.isEmpty() && address.find()) {
                        answers.add(CompletableFuture.supplyAsync(() -> post(address.group(1), photograph))
                                .whenComplete((answer, failure) -> interrupt.request()));
                    }
                },
                "serve",
                "--run",
                run,
                "--port",
                "0",
                "--name",
                "red-or-not",
                "--json");
        assertThat(serve.status()).as(serve.err()).isZero();
        JsonNode predictions = JSON.readTree(answers.get(0).get()).at("/images/0/predictions");
        assertThat(predictions).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(predictions.get(i).get("class"))
                    .isEqualTo(expected.get(i).get("name"));
            assertThat(predictions.get(i).get("probability"))
                    .isEqualTo(expected.get(i).get("probability"));
        }
        JsonNode result = serve.json();
        assertThat(result.get("name").asText()).isEqualTo("red-or-not");
        assertThat(result.get("rows").asInt()).isEqualTo(1);
        assertThat(serve.err()).contains("Stopping: requests under way are answered.");
    }

    private static String post(String address, Path file) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(address))
                                    .POST(BodyPublishers.ofFile(file))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
