package dev.tandem.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/** Answers each image that is posted with its five likeliest classes: {@code ClassifyService CHECKPOINT PORT}. */
public final class ClassifyService {
    public static void main(String[] args) throws IOException {
        Classifier photos = Tandem.configure("tandem.backend = cpu").open(Path.of(args[0]));
        serve(photos, Integer.parseInt(args[1]));
    }

    static HttpServer serve(Classifier photos, int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newFixedThreadPool(32));
        server.createContext("/", exchange -> {
            try {
                answer(exchange, 200, photos.classify(exchange.getRequestBody(), 5));
            } catch (TandemException e) {
                answer(exchange, 400, e.getMessage());
            }
        });
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange, int status, Object text) throws IOException {
        try (exchange) {
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
