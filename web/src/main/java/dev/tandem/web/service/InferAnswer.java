package dev.tandem.web.service;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.runtime.Prediction;
import dev.tandem.web.service.InferRequest.WantedOutput;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * An answer of the Open Inference Protocol. Outputs are {@code probabilities} (FP32, rows x classes), {@code label}
 * (INT64, the likeliest) and {@code class} (BYTES, its name).
 */
final class InferAnswer {
    static final String PROBABILITIES = "probabilities";
    static final String LABEL = "label";
    static final String CLASS = "class";
    static final List<String> OUTPUTS = List.of(PROBABILITIES, LABEL, CLASS);
    static final String JSON_LENGTH = "Inference-Header-Content-Length";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final InferRequest asked;
    private final List<List<Prediction>> rows;
    private final ArrayNode outputs = JsonNodeFactory.instance.arrayNode();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /**
     * An answer.
     *
     * @param rows all classes of each row, the likeliest first
     */
    InferAnswer(InferRequest asked, List<List<Prediction>> rows) {
        this.asked = asked;
        this.rows = rows;
    }

    /** The outputs that a request asks for. */
    static List<WantedOutput> wanted(InferRequest asked, int classes) {
        if (asked.outputs().isEmpty()) {
            return OUTPUTS.stream().map(name -> new WantedOutput(name, null, 0)).toList();
        }
        Set<String> names = new HashSet<>();
        for (WantedOutput output : asked.outputs()) {
            if (!names.add(output.name())) {
                throw InferRequest.wrong("an output that is asked for twice", output.name(), "each once");
            }
            if (!OUTPUTS.contains(output.name())) {
                throw InferRequest.wrong("no such output", output.name(), OUTPUTS);
            }
            if (output.classes() < 0
                    || output.classes() > classes
                    || output.classes() > 0 && !output.name().equals(PROBABILITIES)) {
                throw InferRequest.wrong(
                        "no such classification",
                        output.classes() + " of " + output.name(),
                        "0 to " + classes + " of " + PROBABILITIES);
            }
        }
        return asked.outputs();
    }

    void send(Context request, String model, List<WantedOutput> wanted) {
        wanted.forEach(this::add);
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("model_name", model).put("model_version", InferRoutes.VERSION);
        if (asked.id() != null) {
            root.put("id", asked.id());
        }
        root.set("outputs", outputs);
        try {
            byte[] json = JSON.writeValueAsBytes(root);
            if (bytes.size() == 0) {
                request.contentType("application/json").result(json);
                return;
            }
            ByteArrayOutputStream all = new ByteArrayOutputStream(json.length + bytes.size());
            all.write(json);
            bytes.writeTo(all);
            request.contentType("application/octet-stream")
                    .header(JSON_LENGTH, String.valueOf(json.length))
                    .result(all.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it goes to memory
        }
    }

    private void add(WantedOutput wanted) {
        ObjectNode output = outputs.addObject().put("name", wanted.name());
        boolean binary = wanted.binary() == null ? asked.binaryOutputs() : wanted.binary();
        ArrayNode shape = output.putArray("shape").add(rows.size());
        if (wanted.classes() > 0) {
            shape.add(wanted.classes());
            addTexts(output.put("datatype", "BYTES"), binary, classified(wanted.classes()));
            return;
        }
        switch (wanted.name()) {
            case PROBABILITIES -> {
                shape.add(rows.get(0).size());
                addProbabilities(output.put("datatype", "FP32"), binary);
            }
            case LABEL -> addLabels(output.put("datatype", "INT64"), binary);
            default ->
                addTexts(
                        output.put("datatype", "BYTES"),
                        binary,
                        rows.stream().map(row -> row.get(0).name()).toList());
        }
    }

    /** The largest as {@code value:index:label}. */
    private List<String> classified(int count) {
        return rows.stream()
                .flatMap(row -> row.stream().limit(count))
                .map(one -> (float) one.probability() + ":" + one.label() + ":" + one.name())
                .toList();
    }

    private void addProbabilities(ObjectNode output, boolean binary) {
        int classes = rows.get(0).size();
        float[] all = new float[rows.size() * classes];
        for (int i = 0; i < rows.size(); i++) {
            for (Prediction one : rows.get(i)) {
                all[i * classes + one.label()] = (float) one.probability();
            }
        }
        if (binary) {
            ByteBuffer packed = packed(all.length * Float.BYTES);
            packed.asFloatBuffer().put(all);
            addBytes(output, packed.array());
        } else {
            ArrayNode data = output.putArray("data");
            for (float one : all) {
                data.add(one);
            }
        }
    }

    private void addLabels(ObjectNode output, boolean binary) {
        long[] labels = rows.stream().mapToLong(row -> row.get(0).label()).toArray();
        if (binary) {
            ByteBuffer packed = packed(labels.length * Long.BYTES);
            packed.asLongBuffer().put(labels);
            addBytes(output, packed.array());
        } else {
            ArrayNode data = output.putArray("data");
            for (long label : labels) {
                data.add(label);
            }
        }
    }

    private void addTexts(ObjectNode output, boolean binary, List<String> texts) {
        if (binary) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (String text : texts) {
                byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
                all.writeBytes(packed(Integer.BYTES).putInt(encoded.length).array());
                all.writeBytes(encoded);
            }
            addBytes(output, all.toByteArray());
        } else {
            ArrayNode data = output.putArray("data");
            texts.forEach(data::add);
        }
    }

    private void addBytes(ObjectNode output, byte[] packed) {
        output.putObject("parameters").put("binary_data_size", packed.length);
        bytes.writeBytes(packed);
    }

    private static ByteBuffer packed(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
