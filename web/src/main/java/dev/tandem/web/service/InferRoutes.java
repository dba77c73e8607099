package dev.tandem.web.service;

import dev.tandem.runtime.Prediction;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.web.server.Access;
import dev.tandem.web.service.InferRequest.Tensor;
import dev.tandem.web.service.InferRequest.WantedOutput;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The Open Inference Protocol, version 2, over HTTP. There are two models: one takes image files, the other, whose name
 * ends in {@code -input}, takes what the network takes.
 */
final class InferRoutes {
    static final String VERSION = "1";

    private static final String OF_INPUTS = "-input";
    private static final String FILES = "image";
    private static final String NUMBERS = "input";

    /** What a tree of JSON takes at most, in bytes: that of empty objects. */
    private static final long TREE_BYTES = 256L << 20;

    private static final int SECONDS_OF_READING = 5;

    private final ServedNet net;
    private final Semaphore reading =
            new Semaphore((int) Math.max(1, Runtime.getRuntime().maxMemory() / 4 / TREE_BYTES), true);

    private InferRoutes(ServedNet net) {
        this.net = net;
    }

    private record Tensors(String name, String datatype, List<Integer> shape) {}

    static void addTo(RoutesConfig routes, Access access, ServedNet net) {
        InferRoutes infer = new InferRoutes(net);
        String version = InferRoutes.class.getPackage().getImplementationVersion();
        Map<String, Object> server = Map.of(
                "name",
                "tandem",
                "version",
                version == null ? "0" : version,
                "extensions",
                List.of("binary_tensor_data"));
        routes.get("/v2", request -> request.json(server));
        routes.get("/v2/health/live", request -> request.json(Map.of("live", true)));
        routes.get("/v2/health/ready", request -> request.json(Map.of("ready", true)));
        // Whoever watches over processes has no token, and is told nothing but that this one is up.
        access.openToAll("/v2/health/live");
        access.openToAll("/v2/health/ready");
        for (String model : List.of("/v2/models/{model}", "/v2/models/{model}/versions/{version}")) {
            routes.get(model, infer::describe);
            routes.get(model + "/ready", infer::ready);
            routes.post(model + "/infer", infer::infer);
        }
    }

    /** Whether the model of the path takes image files. */
    private boolean takesFiles(Context request) {
        String version = request.pathParamMap().getOrDefault("version", VERSION);
        String model = request.pathParam("model");
        boolean files = model.equals(net.name());
        if (!version.equals(VERSION) || !files && !model.equals(net.name() + OF_INPUTS)) {
            throw new NotFoundResponse("no such model, got " + model + " of version " + version + ", expected "
                    + net.name() + " or " + net.name() + OF_INPUTS + " of version " + VERSION);
        }
        return files;
    }

    private void ready(Context request) {
        takesFiles(request);
        request.json(Map.of("name", request.pathParam("model"), "ready", true));
    }

    private void describe(Context request) {
        List<Integer> input = new ArrayList<>(List.of(-1));
        boolean files = takesFiles(request);
        if (!files) {
            input.addAll(net.input());
        }
        request.json(Map.of(
                "name", request.pathParam("model"),
                "versions", List.of(VERSION),
                "platform", "tandem",
                "inputs", List.of(new Tensors(files ? FILES : NUMBERS, files ? "BYTES" : "FP32", input)),
                "outputs",
                        List.of(
                                new Tensors(InferAnswer.PROBABILITIES, "FP32", List.of(-1, classes())),
                                new Tensors(InferAnswer.LABEL, "INT64", List.of(-1)),
                                new Tensors(InferAnswer.CLASS, "BYTES", List.of(-1)))));
    }

    private int classes() {
        return net.classifier().classNames().size();
    }

    private void infer(Context request) {
        boolean files = takesFiles(request);
        RequestImages.requirePlain(request);
        Asked asked = alone(() -> read(request, files));
        List<CompletableFuture<List<Prediction>>> answers =
                net.classifier().withViews(net.views()).classifyAsync(asked.rows(), classes());
        String model = request.pathParam("model");
        LaterAnswers.answer(request, answers, () -> {
            List<List<Prediction>> all =
                    answers.stream().map(CompletableFuture::join).toList();
            new InferAnswer(asked.request(), all).send(request, model, asked.outputs());
        });
    }

    /** A request, the outputs that it asks for and the rows of its input. */
    private record Asked(InferRequest request, List<WantedOutput> outputs, List<?> rows) {}

    /** Reads a request while few others are read, as a tree of JSON takes many times the memory of its text. */
    private Asked alone(Supplier<Asked> read) {
        try {
            if (!reading.tryAcquire(SECONDS_OF_READING, TimeUnit.SECONDS)) {
                throw TandemException.of(
                        ErrorCode.BUSY,
                        "infer",
                        "too many requests are read at once",
                        "none read in " + SECONDS_OF_READING + " s",
                        "an earlier turn",
                        "Try again later");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw TandemException.of(ErrorCode.BUSY, "infer", "the server stops", "an interrupt", "time to answer", "");
        }
        try {
            return read.get();
        } finally {
            reading.release();
        }
    }

    private Asked read(Context request, boolean files) {
        byte[] body = request.bodyAsBytes();
        InferRequest asked = InferRequest.of(body, jsonLength(request, body));
        String name = files ? FILES : NUMBERS;
        if (asked.inputs().size() != 1 || !asked.inputs().get(0).name().equals(name)) {
            throw InferRequest.wrong(
                    "other inputs", asked.inputs().stream().map(Tensor::name).toList(), List.of(name));
        }
        List<WantedOutput> wanted = InferAnswer.wanted(asked, classes());
        Tensor input = asked.inputs().get(0);
        List<?> rows = files ? InferInputs.files(input) : InferInputs.numbers(input, net.input());
        return new Asked(asked.withoutInputs(), wanted, rows);
    }

    private static int jsonLength(Context request, byte[] body) {
        String length = request.header(InferAnswer.JSON_LENGTH);
        try {
            return length == null ? body.length : Integer.parseInt(length);
        } catch (NumberFormatException e) {
            throw InferRequest.wrong("no such " + InferAnswer.JSON_LENGTH, length, "0 to " + body.length);
        }
    }
}
