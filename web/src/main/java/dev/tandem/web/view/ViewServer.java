package dev.tandem.web.view;

import dev.tandem.run.watch.RunIndex;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.TandemException;
import dev.tandem.web.server.Access;
import dev.tandem.web.server.Pages;
import dev.tandem.web.server.WebOptions;
import dev.tandem.web.server.WebServer;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Live pages on a folder of runs, which may train in other processes. */
public final class ViewServer implements AutoCloseable {
    private static final Map<String, String> PAGES = new TreeMap<>(Map.of(
            "/", "index.html",
            "/run", "run.html",
            "/compare", "compare.html",
            "/network", "network.html",
            "/devices", "devices.html",
            "/classify", "classify.html"));

    private final RunIndex index;
    private final EventStreams streams = new EventStreams();
    private final Machine machine;
    private final WebServer server;

    private ViewServer(WebOptions options, Path runs, TandemConfig config) {
        machine = new Machine(config);
        index = RunIndex.open(runs);
        try {
            server = WebServer.start(options, this::addTo);
        } catch (RuntimeException e) {
            streams.close();
            index.close();
            throw e;
        }
        index.start(streams::wake);
        FirstAnswers.ask(server, index.snapshot().runs().keySet().stream().findFirst());
    }

    /**
     * Starts to serve the pages.
     *
     * @param runs the folder of runs; it may be missing as yet
     * @param config the backend that photographs are classified on; it is opened at the first use
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INPUT_OUTPUT}) if the port cannot be had
     */
    public static ViewServer start(WebOptions options, Path runs, TandemConfig config) {
        return new ViewServer(options, runs, config);
    }

    private void addTo(RoutesConfig routes, Access access) {
        Pages.addAll(routes, PAGES);
        new RunPages(index, access).addTo(routes);
        Networks networks = new Networks(index);
        routes.get("/api/run/network", networks::answer);
        routes.get("/api/events", this::listEvents);
        routes.get("/api/run/events", this::runEvents);
        routes.get("/api/devices", request -> ViewJson.answer(request, machine.devices()));
        routes.post("/api/run/classify", request -> machine.classify(RunPages.run(index, request), request));
    }

    private void listEvents(Context request) {
        streams.open(request, new ListMessages(index, number(request, "after", "Last-Event-ID", -1)));
    }

    private void runEvents(Context request) {
        long after = number(request, "after", "Last-Event-ID", 0);
        int epoch = (int) Math.max(0, Math.min(after, Integer.MAX_VALUE));
        streams.open(request, new RunMessages(index, RunPages.run(index, request), epoch));
    }

    /** A header, which a browser sends when it connects again, or else a parameter, as a whole number. */
    private static long number(Context request, String parameter, String header, long otherwise) {
        String text = request.header(header);
        if (text == null) {
            text = request.queryParam(parameter);
        }
        return text != null && text.matches("[0-9]{1,18}") ? Long.parseLong(text) : otherwise;
    }

    /** The address of the list of runs. */
    public String address() {
        return server.address();
    }

    /** The address that lets a browser change something, too. */
    public String addressWithToken() {
        return server.addressWithToken();
    }

    /** How many runs there are now. */
    public int runs() {
        return index.snapshot().runs().size();
    }

    @Override
    public void close() {
        streams.close();
        server.close();
        index.close();
        machine.close();
    }
}
