package dev.tandem.web.view;

import dev.tandem.run.watch.RunIndex;
import dev.tandem.run.watch.WatchedRun;
import dev.tandem.runtime.config.Setting;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The networks of runs; those that were asked for are kept, as a dry run takes longer than an answer may. */
final class Networks {
    private static final int MOST_KEPT = 64;

    private final RunIndex index;
    private final Map<Key, byte[]> kept = new LinkedHashMap<>(MOST_KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, byte[]> eldest) {
            return size() > MOST_KEPT;
        }
    };

    /** What an answer depends on. */
    private record Key(String run, List<Setting> settings, Integer classes, int devices) {}

    Networks(RunIndex index) {
        this.index = index;
    }

    void answer(Context request) {
        WatchedRun run = RunPages.run(index, request);
        Key key = new Key(
                run.summary().id(),
                run.settings(),
                run.summary().classes(),
                run.history().devices().size());
        byte[] answer;
        synchronized (kept) {
            answer = kept.get(key);
        }
        if (answer == null) {
            answer = ViewJson.bytes(NetworkAnswer.of(run));
            synchronized (kept) {
                kept.put(key, answer);
            }
        }
        request.contentType("application/json")
                .header("Cache-Control", "no-store")
                .result(answer);
    }
}
