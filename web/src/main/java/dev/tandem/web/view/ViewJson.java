package dev.tandem.web.view;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.tandem.run.watch.RunHistory;
import dev.tandem.run.watch.RunHistory.Figure;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.function.IntToDoubleFunction;

/** JSON of the pages. Numbers that are none, such as the loss of a run that has diverged, are null. */
final class ViewJson {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .registerModule(new SimpleModule()
                    .addSerializer(Double.class, new Finite())
                    .addSerializer(Double.TYPE, new Finite())
                    .addSerializer(new History())
                    .addSerializer(new HealthColumns()));

    private ViewJson() {}

    /** Answers {@code value}. */
    static void answer(Context request, Object value) {
        request.contentType("application/json")
                .header("Cache-Control", "no-store")
                .result(bytes(value));
    }

    static byte[] bytes(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer is plain records and maps", e);
        }
    }

    /** The health of layers in all epochs of a history. */
    record Health(RunHistory history) {}

    private static final class Finite extends StdSerializer<Double> {
        Finite() {
            super(Double.class);
        }

        @Override
        public void serialize(Double value, JsonGenerator json, SerializerProvider provider) throws IOException {
            write(json, value);
        }
    }

    private static void write(JsonGenerator json, double value) throws IOException {
        if (Double.isFinite(value)) {
            json.writeNumber(value);
        } else {
            json.writeNull();
        }
    }

    /** A history as columns. */
    private static final class History extends StdSerializer<RunHistory> {
        History() {
            super(RunHistory.class);
        }

        @Override
        public void serialize(RunHistory history, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeStartObject();
            for (Figure figure : Figure.values()) {
                json.writeArrayFieldStart(figure.json());
                for (int row = 0; row < history.size(); row++) {
                    double value = history.get(figure, row);
                    if (figure.isWhole()) {
                        json.writeNumber((long) value);
                    } else {
                        write(json, value);
                    }
                }
                json.writeEndArray();
            }
            json.writeObjectFieldStart("metrics");
            for (String name : history.metrics()) {
                column(json, name, history.size(), row -> history.metric(name, row));
            }
            json.writeEndObject();
            json.writeEndObject();
        }
    }

    private static final class HealthColumns extends StdSerializer<Health> {
        HealthColumns() {
            super(Health.class);
        }

        @Override
        public void serialize(Health health, JsonGenerator json, SerializerProvider provider) throws IOException {
            RunHistory history = health.history();
            json.writeStartObject();
            json.writeObjectFieldStart("activations");
            for (String layer : history.layers()) {
                json.writeObjectFieldStart(layer);
                column(json, "dead", history.size(), row -> history.dead(layer, row));
                column(json, "saturated", history.size(), row -> history.saturated(layer, row));
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeObjectFieldStart("updateRatios");
            for (String parameter : history.parameters()) {
                column(json, parameter, history.size(), row -> history.updateRatio(parameter, row));
            }
            json.writeEndObject();
            json.writeEndObject();
        }
    }

    /** A picture needs no more digits than a float has. */
    private static void column(JsonGenerator json, String name, int size, IntToDoubleFunction values)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (int row = 0; row < size; row++) {
            float value = (float) values.applyAsDouble(row);
            if (Float.isFinite(value)) {
                json.writeNumber(value);
            } else {
                json.writeNull();
            }
        }
        json.writeEndArray();
    }
}
