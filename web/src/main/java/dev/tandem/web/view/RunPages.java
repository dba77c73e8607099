package dev.tandem.web.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.tandem.nn.train.DeviceUse;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.run.RunFolder;
import dev.tandem.run.watch.RunHistory;
import dev.tandem.run.watch.RunIndex;
import dev.tandem.run.watch.RunSummary;
import dev.tandem.run.watch.WatchedRun;
import dev.tandem.runtime.config.Setting;
import dev.tandem.web.server.Access;
import io.javalin.config.RoutesConfig;
import io.javalin.http.BadRequestResponse;
import io.javalin.http.ConflictResponse;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/** What the pages ask about runs, from the index's memory; and the change of a learning rate. */
final class RunPages {
    private static final List<String> PICTURES = List.of("kernels", "curves", "confusion");
    private static final int MOST_PICTURE_BYTES = 32 << 20;
    private static final int MOST_RATE_BYTES = 1000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RunIndex index;
    private final Access access;
    private RawValue written = new RawValue("[]");
    private long writtenVersion = -1;

    RunPages(RunIndex index, Access access) {
        this.index = index;
        this.access = access;
    }

    void addTo(RoutesConfig routes) {
        routes.get("/api/session", request -> ViewJson.answer(request, Map.of("mayChange", access.hasToken(request))));
        routes.get("/api/runs", this::list);
        routes.get("/api/run", request -> ViewJson.answer(request, RunAnswer.of(run(index, request))));
        routes.get("/api/run/picture", this::picture);
        routes.post("/api/run/rate", this::changeRate);
    }

    /**
     * The run that a request names.
     *
     * @throws NotFoundResponse if there is none
     */
    static WatchedRun run(RunIndex index, Context request) {
        String id = request.queryParam("run");
        if (id == null) {
            throw new BadRequestResponse("which run is not said: add ?run=ID, with an id of /api/runs");
        }
        return index.find(id)
                .orElseThrow(() -> new NotFoundResponse("no run is called " + id + " in " + index.folder()));
    }

    private record RunList(String folder, RawValue runs, long version, String notice, String now) {}

    private void list(Context request) {
        RunIndex.Snapshot snapshot = index.snapshot();
        ViewJson.answer(
                request,
                new RunList(
                        index.folder().toString(),
                        written(snapshot),
                        snapshot.version(),
                        snapshot.notice(),
                        Instant.now().truncatedTo(ChronoUnit.MILLIS).toString()));
    }

    /** The runs in JSON; it is written once for all who ask until something has changed. */
    private synchronized RawValue written(RunIndex.Snapshot snapshot) {
        if (snapshot.version() != writtenVersion) {
            List<RunSummary> runs =
                    snapshot.runs().values().stream().map(WatchedRun::summary).toList();
            written = new RawValue(new String(ViewJson.bytes(runs), StandardCharsets.UTF_8));
            writtenVersion = snapshot.version();
        }
        return written;
    }

    /** The answer on one run. */
    private record RunAnswer(
            String folder,
            RunSummary summary,
            List<Setting> settings,
            RunHistory history,
            ViewJson.Health health,
            List<DeviceUse> devices,
            List<RunEvent> events,
            List<String> classes,
            List<String> pictures,
            boolean canChangeRate) {
        static RunAnswer of(WatchedRun run) {
            return new RunAnswer(
                    run.folder().path().toString(),
                    run.summary(),
                    run.settings(),
                    run.history(),
                    new ViewJson.Health(run.history()),
                    run.history().devices(),
                    run.events(),
                    run.summary().classes() == null ? List.of() : run.folder().classNames(),
                    PICTURES.stream()
                            .filter(name -> isPlainFile(run.folder().picture(name)))
                            .toList(),
                    run.isRunning());
        }
    }

    private static boolean isPlainFile(Path file) {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    private void picture(Context request) throws IOException {
        RunFolder folder = run(index, request).folder();
        String name = request.queryParam("name");
        if (!PICTURES.contains(name)) {
            throw new NotFoundResponse("no picture is called that: there are " + String.join(", ", PICTURES));
        }
        Path file = folder.picture(name);
        if (!isPlainFile(file)) {
            throw new NotFoundResponse("the run has no picture of its " + name + " yet");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            bytes = in.readNBytes(MOST_PICTURE_BYTES + 1);
        }
        if (bytes.length > MOST_PICTURE_BYTES) {
            throw new NotFoundResponse("the picture is longer than " + MOST_PICTURE_BYTES + " bytes");
        }
        request.contentType("image/png").header("Cache-Control", "no-cache").result(bytes);
    }

    private void changeRate(Context request) {
        access.requireToken(request);
        RunFolder folder = run(index, request).folder();
        double rate = rate(request);
        if (folder.trainer().isEmpty()) {
            throw new ConflictResponse("nothing trains in this run now, so its learning rate cannot be changed");
        }
        folder.requestRate(rate);
        ViewJson.answer(request, Map.of("requested", rate));
    }

    private static double rate(Context request) {
        byte[] body = request.bodyAsBytes();
        if (body.length > MOST_RATE_BYTES) {
            throw new BadRequestResponse("the body is longer than JSON such as {\"rate\": 0.005}");
        }
        JsonNode rate;
        try {
            rate = JSON.readTree(body).path("rate");
        } catch (IOException e) {
            throw new BadRequestResponse("the body is no JSON such as {\"rate\": 0.005}");
        }
        if (!rate.isNumber() || !(rate.doubleValue() > 0) || !Double.isFinite(rate.doubleValue())) {
            throw new BadRequestResponse("a learning rate is a finite number above 0, such as {\"rate\": 0.005}");
        }
        return rate.doubleValue();
    }
}
