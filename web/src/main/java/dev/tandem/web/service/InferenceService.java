package dev.tandem.web.service;

import dev.tandem.web.server.Access;
import dev.tandem.web.server.Pages;
import dev.tandem.web.server.WebOptions;
import dev.tandem.web.server.WebServer;
import io.javalin.config.RoutesConfig;
import java.util.Map;

/**
 * A net that answers over HTTP: the classes and features of images, the Open Inference Protocol, figures for Prometheus,
 * and pages for people.
 */
public final class InferenceService implements AutoCloseable {
    private final WebServer server;

    private InferenceService(WebServer server) {
        this.server = server;
    }

    /**
     * Starts to answer.
     *
     * @throws dev.tandem.spi.TandemException ({@link dev.tandem.spi.ErrorCode#INPUT_OUTPUT}) if the port cannot be had
     */
    public static InferenceService start(WebOptions options, ServedNet net) {
        return new InferenceService(WebServer.start(options, (routes, access) -> add(routes, access, net)));
    }

    static void add(RoutesConfig routes, Access access, ServedNet net) {
        new ServiceMetrics(net).addTo(routes);
        ClassifyRoutes.addTo(routes, net);
        InferRoutes.addTo(routes, access, net);
        Pages.addAll(routes, Map.of("/", "classify.html", "/docs", "docs.html"));
        Pages.add(routes, "/openapi.json", "openapi.json");
    }

    /** Where it answers, and who may ask. */
    public WebServer server() {
        return server;
    }

    /** Takes no more requests, answers those under way, and stops. */
    @Override
    public void close() {
        server.close();
    }
}
