package dev.tandem.nn.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a {@link TrainingState} is written: as JSON, with a table of the older epochs. */
final class StateFormat {
    private static final String OLDER_HISTORY = "olderHistory";
    private static final String OLDER_METRICS = "olderMetrics";

    /**
     * The most bytes of the newest epochs as JSON. With these and the table of the others the header can be read again.
     */
    private static final int DETAILED_BYTES = 2 << 20;

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private StateFormat() {}

    /** The newest epochs in full, as many as there is room for; the others as a table. */
    static String toJson(TrainingState state) {
        try {
            List<EpochRecord> history = state.history();
            int first = history.size();
            for (long bytes = 0; first > 0; first--) {
                bytes += JSON.writeValueAsString(history.get(first - 1)).length();
                if (bytes > DETAILED_BYTES) {
                    break;
                }
            }
            ObjectNode json = JSON.valueToTree(state.withHistory(history.subList(first, history.size())));
            if (first > 0) {
                json.put(OLDER_HISTORY, HistoryTable.write(history.subList(0, first)));
                json.set(OLDER_METRICS, JSON.valueToTree(HistoryTable.writeMetrics(history.subList(0, first))));
            }
            return json.toString();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a training state is plain records", e);
        }
    }

    /**
     * The state that {@link #toJson} wrote; null if the text is {@code null}.
     *
     * @throws JsonProcessingException if it is no such JSON
     * @throws TandemException if something in it is missing or out of range
     */
    static @Nullable TrainingState read(String text) throws JsonProcessingException {
        JsonNode json = JSON.readTree(text);
        TrainingState state = JSON.treeToValue(json, TrainingState.class);
        String older = json.path(OLDER_HISTORY).textValue();
        if (older == null || state == null) {
            return state;
        }
        Map<String, String> metrics = new LinkedHashMap<>();
        json.path(OLDER_METRICS)
                .fields()
                .forEachRemaining(
                        entry -> metrics.put(entry.getKey(), entry.getValue().asText()));
        List<EpochRecord> history = new ArrayList<>(HistoryTable.withMetrics(HistoryTable.read(older), metrics));
        history.addAll(state.history());
        return state.withHistory(history);
    }
}
