package dev.tandem.web.service;

import dev.tandem.runtime.Classifier;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.router.Endpoint;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Figures for Prometheus: requests, their times, what waits and what was computed. */
final class ServiceMetrics {
    private static final String BEGAN = "began";
    private static final int TOO_MANY_REQUESTS = 429;
    private static final double NANOS = 1e9;
    private static final double[] SECONDS = {
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
    };

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Counter requests = Counter.builder()
            .name("tandem_http_requests_total")
            .help("Requests by route and status")
            .labelNames("route", "status")
            .register(registry);
    private final Counter rejected = Counter.builder()
            .name("tandem_rejected_total")
            .help("Requests that were answered 429, as the queue was full")
            .register(registry);
    private final Histogram seconds = Histogram.builder()
            .name("tandem_http_request_seconds")
            .help("From the whole request to its answer")
            .labelNames("route")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .register(registry);

    ServiceMetrics(ServedNet net) {
        Classifier classifier = net.classifier();
        GaugeWithCallback.builder()
                .name("tandem_queue_rows")
                .help("Rows that wait to be decoded or computed, one a crop of an image")
                .callback(value -> value.call(classifier.waiting()))
                .register(registry);
        CounterWithCallback.builder()
                .name("tandem_batches_total")
                .help("Batches that the net has computed")
                .callback(value -> value.call(classifier.computed().batches()))
                .register(registry);
        CounterWithCallback.builder()
                .name("tandem_rows_total")
                .help("Rows in these batches, without empty ones; rows / batches is the mean batch")
                .callback(value -> value.call(classifier.computed().rows()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("tandem_mean_batch_rows")
                .help("Rows a batch since the start")
                .callback(value -> value.call(classifier.computed().mean()))
                .register(registry);
        Info.builder()
                .name("tandem_model_info")
                .help("What is served")
                .labelNames("name", "recipe")
                .register(registry)
                .addLabelValues(net.name(), classifier.recipe().name());
        JvmMetrics.builder().register(registry);
    }

    void addTo(RoutesConfig routes) {
        routes.before(request -> request.attribute(BEGAN, System.nanoTime()));
        routes.after(this::count);
        routes.get("/metrics", this::answer);
    }

    private void count(Context request) {
        Endpoint endpoint = request.endpoints().lastHttpEndpoint();
        String route = endpoint == null ? "none" : endpoint.path;
        requests.labelValues(route, String.valueOf(request.statusCode())).inc();
        if (request.statusCode() == TOO_MANY_REQUESTS) {
            rejected.inc();
        }
        Long began = request.attribute(BEGAN);
        if (began != null) {
            seconds.labelValues(route).observe((System.nanoTime() - began) / NANOS);
        }
    }

    private void answer(Context request) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(text, registry.scrape(), EscapingScheme.DEFAULT);
        request.contentType(PrometheusTextFormatWriter.CONTENT_TYPE).result(text.toByteArray());
    }
}
