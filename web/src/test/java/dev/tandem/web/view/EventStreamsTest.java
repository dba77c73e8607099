package dev.tandem.web.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.run.TrainingRun;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.testkit.TestPhotographs;
import dev.tandem.testkit.TestRunFolders;
import dev.tandem.web.server.WebOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EventStreamsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String EVENT = "{\"step\":30,\"setting\":\"rate\",\"from\":\"0.01\",\"to\":\"0.005\"}\n";

    @TempDir
    Path temporary;

    private Path root;
    private ViewServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void start() throws IOException {
        root = Files.createDirectory(temporary.resolve("runs"));
        TestRunFolders.run(root.resolve("one"), 9, 2);
        server = ViewServer.start(
                new WebOptions("127.0.0.1", 0, Optional.empty()),
                root,
                new ConfigSources().add("test", Map.of("tandem.backend", "cpu")).load());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** An event as a browser reads it. */
    private record Event(String name, String id, JsonNode data) {}

    /** A stream of events, read as a browser does. */
    private final class Events implements AutoCloseable {
        private final Stream<String> lines;
        private final Iterator<String> iterator;

        Events(String path, String... headers) throws IOException, InterruptedException {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(server.address()).resolve(path));
            if (headers.length > 0) {
                request.headers(headers);
            }
            HttpResponse<Stream<String>> response = client.send(request.build(), BodyHandlers.ofLines());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
            lines = response.body();
            iterator = lines.iterator();
        }

        Event next() throws IOException {
            String name = "";
            String id = "";
            JsonNode data = null;
            while (true) {
                String line = iterator.next();
                if (line.startsWith("event: ")) {
                    name = line.substring(7);
                } else if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("data: ")) {
                    data = JSON.readTree(line.substring(6));
                } else if (line.isEmpty() && data != null) {
                    return new Event(name, id, data);
                }
            }
        }

        /** The next event called {@code name}; others between are skipped. */
        Event next(String name) throws IOException {
            Event event = next();
            while (!event.name().equals(name)) {
                event = next();
            }
            return event;
        }

        @Override
        public void close() {
            lines.close();
        }
    }

    @Test
    void aRunGrowsWhileAnotherWritesItsLog() throws IOException, InterruptedException {
        try (Events stream = new Events("/api/run/events?run=one")) {
            assertThat(stream.next("epoch").id()).isEqualTo("1");
            Event second = stream.next("epoch");
            assertThat(second.data().path("epoch").asInt()).isEqualTo(2);
            assertThat(second.data().path("step").asInt()).isEqualTo(48);
            assertThat(second.data().path("top5Error").isNull()).isTrue();
            assertThat(second.data().path("devices")).hasSize(1);
            assertThat(second.data()
                            .path("health")
                            .path("activations")
                            .path("fc6")
                            .path("deadShare")
                            .asDouble())
                    .isPositive();
            Event summary = stream.next();
            assertThat(summary.name()).isEqualTo("summary");
            assertThat(summary.data().path("epoch").asInt()).isEqualTo(2);
            TestRunFolders.log(root.resolve("one"), 3, 3);
            assertThat(stream.next("epoch").data().path("epoch").asInt()).isEqualTo(3);
            Files.writeString(root.resolve("one/events.jsonl"), EVENT, StandardOpenOption.CREATE);
            assertThat(stream.next("change").data().path("to").asText()).isEqualTo("0.005");
        }
    }

    @Test
    void whoConnectsAgainIsToldWhatWasMissed() throws IOException, InterruptedException {
        TestRunFolders.log(root.resolve("one"), 3, 5);
        try (Events stream = new Events("/api/run/events?run=one&after=1", "Last-Event-ID", "2")) {
            assertThat(stream.next("epoch").id()).isEqualTo("3");
            assertThat(stream.next("epoch").id()).isEqualTo("4");
        }
        try (Events stream = new Events("/api/run/events?run=one&after=4")) {
            assertThat(stream.next("epoch").id()).isEqualTo("5");
        }
    }

    /** As resuming does, which goes back to where its checkpoint stands. */
    @Test
    void epochsThatAreDoneAgainAreToldAgain() throws IOException, InterruptedException {
        Path log = root.resolve("one/log.jsonl");
        TestRunFolders.log(root.resolve("one"), 3, 5);
        try (Events stream = new Events("/api/run/events?run=one")) {
            IntStream.rangeClosed(1, 5).forEach(epoch -> {
                try {
                    assertThat(stream.next("epoch").id()).isEqualTo(Integer.toString(epoch));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            Path shorter = temporary.resolve("log");
            Files.writeString(
                    shorter,
                    TestRunFolders.line(1)
                            + TestRunFolders.line(2)
                            + TestRunFolders.line(3).replace("\"rate\":0.01", "\"rate\":0.02"));
            Files.move(shorter, log, StandardCopyOption.REPLACE_EXISTING);
            Event third = stream.next("epoch");
            assertThat(third.id()).isEqualTo("3");
            assertThat(third.data().path("rate").asDouble()).isEqualTo(0.02);
        }
    }

    @Test
    void theListIsToldOfRunsThatChangeComeAndGo() throws IOException, InterruptedException {
        try (Events stream = new Events("/api/events")) {
            Event first = stream.next();
            assertThat(first.name()).isEqualTo("summary");
            assertThat(first.data().path("id").asText()).isEqualTo("one");
            Path two = TestRunFolders.run(root.resolve("two"), 9, 1);
            Event second = stream.next();
            assertThat(second.data().path("id").asText()).isEqualTo("two");
            try (Events other = new Events("/api/events", "Last-Event-ID", first.id())) {
                assertThat(other.next().data().path("id").asText()).isEqualTo("two");
            }
            try (Stream<Path> files = Files.list(two)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            assertThat(stream.next("gone").data().path("id").asText()).isEqualTo("two");
        }
    }

    @Test
    void moreListenersThanThereIsRoomForAreRefused() throws IOException, InterruptedException {
        List<Events> open = new ArrayList<>();
        URI address = URI.create(server.address()).resolve("/api/events");
        for (int i = 0; i < 64; i++) {
            open.add(new Events("/api/events"));
        }
        assertThat(open.get(63).next().name()).isEqualTo("summary");
        HttpResponse<String> refused =
                client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("too many pages listen");
        open.forEach(Events::close);
    }

    @Test
    void eachEpochOfARunUnderWayArrivesWithinTwoSeconds() throws IOException, InterruptedException {
        Path data = TestPhotographs.folder(temporary.resolve("data"), 8, 4);
        Map<Integer, Long> logged = new ConcurrentHashMap<>();
        Map<Integer, Long> arrived = new ConcurrentHashMap<>();
        String settings = "tandem { backend = cpu, recipe = small,"
                + " recipes.small { width = 12, hidden = 16, image = 60, crop = 56 },"
                + " train.epochs = 6, train.batch = 8, data = \"" + data + "\" }";
        try (Tandem tandem = Tandem.configure(settings);
                TrainingRun run = TrainingRun.begin(tandem, root.resolve("live"), (epoch, state, model) -> {
                    logged.put(epoch.epoch(), System.nanoTime());
                })) {
            try (Events list = new Events("/api/events")) {
                while (!list.next("summary").data().path("id").asText().equals("live")) {
                    // Until it is found.
                }
            }
            try (Events stream = new Events("/api/run/events?run=live")) {
                assertThat(stream.next().data().path("state").asText()).isEqualTo("running");
                Thread training = new Thread(run::train);
                training.start();
                while (arrived.size() < 6) {
                    arrived.put(stream.next("epoch").data().path("epoch").asInt(), System.nanoTime());
                }
                training.join();
                assertThat(stream.next("summary").data().path("epoch").asInt()).isEqualTo(6);
            }
        }
        photographsAreNamed(data.resolve("val/red/image0.png"));
        assertThat(arrived.keySet()).containsExactlyInAnyOrderElementsOf(logged.keySet());
        arrived.forEach((epoch, at) -> assertThat((at - logged.get(epoch)) / 1e9)
                .as("seconds of epoch %d", epoch)
                .isLessThan(2));
    }

    private void photographsAreNamed(Path photograph) throws IOException, InterruptedException {
        URI address = URI.create(server.address()).resolve("/api/run/classify?run=live&top=2");
        HttpResponse<String> named = client.send(
                HttpRequest.newBuilder(address)
                        .POST(HttpRequest.BodyPublishers.ofFile(photograph))
                        .build(),
                BodyHandlers.ofString());
        assertThat(named.statusCode()).as(named.body()).isEqualTo(200);
        JsonNode image = JSON.readTree(named.body()).path("images").get(0);
        assertThat(image.path("predictions")).hasSize(2);
        assertThat(TestPhotographs.CLASSES)
                .contains(image.path("predictions").get(0).path("class").asText());
        HttpResponse<String> refused = client.send(
                HttpRequest.newBuilder(address)
                        .POST(HttpRequest.BodyPublishers.ofString("no photograph"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(refused.body()).path("error").asText()).contains("no usable image");
    }
}
