package dev.tandem.examples;

import com.sun.net.httpserver.HttpServer;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.Tandem;
import java.io.IOException;
import java.net.InetSocketAddress;
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
            try (exchange) {
                byte[] answer =
                        photos.classify(exchange.getRequestBody(), 5).toString().getBytes();
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
        return server;
    }
}
