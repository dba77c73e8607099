package dev.tandem.web.server;

import io.javalin.config.RoutesConfig;
import java.util.List;

/** The styles, scripts and pictures that pages are made of, under {@code /assets/}. */
public final class Assets {
    /** All there are, by their names in the folder {@code pages}. */
    static final List<String> FILES = List.of(
            "api.js",
            "charts/charts.css",
            "charts/dom.js",
            "charts/format.js",
            "charts/health.js",
            "charts/lines.js",
            "charts/numbers.js",
            "charts/plot.js",
            "charts/spark.js",
            "charts/table.js",
            "classify.css",
            "classify.js",
            "compare.js",
            "devices.js",
            "favicon.svg",
            "network-picture.js",
            "network.css",
            "network.js",
            "pages.css",
            "parts.js",
            "run-curves.js",
            "run-head.js",
            "run-rate.js",
            "run-rows.js",
            "run.css",
            "run.js",
            "runs.css",
            "runs.js",
            "style.css",
            "uplot/uPlot.esm.js",
            "uplot/uPlot.min.css",
            "words.js");

    private Assets() {}

    /** Serves them. */
    public static void addTo(RoutesConfig routes) {
        FILES.forEach(file -> Pages.add(routes, "/assets/" + file, file));
    }
}
