package dev.tandem.web.view;

import dev.tandem.web.server.WebServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the server for what pages ask for, as soon as it has started: the first answers of a Java program take long, as
 * its classes are still to be loaded. So nobody waits for them.
 */
final class FirstAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(FirstAnswers.class);
    private static final int TIMES = 5;
    private static final int TIMEOUT_MILLIS = 10_000;

    private FirstAnswers() {}

    /** Asks on a thread of its own, also for the run {@code id}. */
    static void ask(WebServer server, Optional<String> id) {
        List<String> paths = new ArrayList<>(List.of("/", "/api/runs", "/api/session"));
        id.map(name -> URLEncoder.encode(name, StandardCharsets.UTF_8)).ifPresent(name -> {
            paths.add("/api/run?run=" + name);
            paths.add("/api/run/network?run=" + name);
        });
        Thread thread = new Thread(() -> ask(server, paths), "first-answers");
        thread.setDaemon(true);
        thread.start();
    }

    private static void ask(WebServer server, List<String> paths) {
        try {
            for (int i = 0; i < TIMES; i++) {
                for (String path : paths) {
                    ask(server, path);
                }
            }
        } catch (IOException e) {
            LOG.debug("The first answers will take longer: {}", e.toString());
        }
    }

    private static void ask(WebServer server, String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(server.address()).resolve(path).toURL().openConnection();
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setRequestProperty(
                "Authorization", "Bearer " + server.access().token());
        if (connection.getResponseCode() == HttpURLConnection.HTTP_OK) {
            connection.getInputStream().transferTo(OutputStream.nullOutputStream());
        }
        connection.disconnect();
    }
}
