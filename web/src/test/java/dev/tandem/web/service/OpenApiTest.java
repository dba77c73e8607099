package dev.tandem.web.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.web.server.Pages;
import dev.tandem.web.server.WebOptions;
import dev.tandem.web.server.WebServer;
import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The description for programs is one of OpenAPI 3.1, and says what there is: neither less nor more. */
class OpenApiTest {
    private static final Set<String> METHODS = Set.of("get", "post");

    private final JsonNode api = read();

    private static JsonNode read() {
        try {
            return new ObjectMapper().readTree(Pages.read("openapi.json"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void itDescribesTheRoutesThatThereAre(@TempDir Path folder) {
        List<RoutesConfig> seen = new ArrayList<>();
        WebOptions options = new WebOptions("127.0.0.1", 0, Optional.empty());
        try (TinyNet tiny = new TinyNet(folder)) {
            ServedNet net = tiny.open(ClassifierOptions.defaults());
            WebServer.start(options, (routes, access) -> {
                        InferenceService.add(routes, access, net);
                        seen.add(routes);
                    })
                    .close();
            net.classifier().close();
        }
        Set<String> routes = new TreeSet<>();
        seen.get(0).getCfg$javalin().internalRouter.allHttpHandlers().forEach(one -> {
            String method = one.endpoint.method.name().toLowerCase(Locale.ROOT);
            if (METHODS.contains(method) && !one.endpoint.path.startsWith("/assets/")) {
                routes.add(method + " " + one.endpoint.path);
            }
        });
        Set<String> described = new TreeSet<>();
        api.get("paths")
                .fields()
                .forEachRemaining(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(method -> described.add(method + " " + path.getKey())));
        assertThat(described).isEqualTo(routes);
    }

    @Test
    void eachOperationIsWhole() {
        assertThat(api.get("openapi").asText()).startsWith("3.1.");
        assertThat(api.at("/info/title").asText()).isNotEmpty();
        assertThat(api.at("/info/version").asText()).isNotEmpty();
        Set<String> tags = new HashSet<>();
        api.get("tags").forEach(tag -> tags.add(tag.get("name").asText()));
        Set<String> ids = new HashSet<>();
        api.get("paths")
                .fields()
                .forEachRemaining(path -> path.getValue().fields().forEachRemaining(entry -> {
                    JsonNode operation = entry.getValue();
                    String name = entry.getKey() + " " + path.getKey();
                    assertThat(METHODS).as(name).contains(entry.getKey());
                    assertThat(ids.add(operation.get("operationId").asText()))
                            .as(name)
                            .isTrue();
                    assertThat(operation.get("summary").asText()).as(name).isNotEmpty();
                    operation
                            .get("tags")
                            .forEach(tag -> assertThat(tags).as(name).contains(tag.asText()));
                    assertThat(operation.get("responses").fieldNames())
                            .toIterable()
                            .as(name)
                            .contains("200", "403");
                    assertThat(operation.get("responses").has("415"))
                            .as(name)
                            .isEqualTo(entry.getKey().equals("post"));
                    operation.get("responses").forEach(answer -> {
                        assertThat(answer.get("description").asText()).as(name).isNotEmpty();
                        answer.get("content")
                                .forEach(body ->
                                        assertThat(body.has("schema")).as(name).isTrue());
                    });
                    requireParameters(name, path.getKey(), operation);
                    assertThat(operation.has("requestBody"))
                            .as(name)
                            .isEqualTo(entry.getKey().equals("post"));
                }));
    }

    private static void requireParameters(String name, String path, JsonNode operation) {
        Set<String> inPath = new HashSet<>();
        operation.path("parameters").forEach(parameter -> {
            assertThat(parameter.has("schema")).as(name).isTrue();
            assertThat(Set.of("path", "query", "header"))
                    .contains(parameter.get("in").asText());
            if (parameter.get("in").asText().equals("path")) {
                assertThat(parameter.get("required").asBoolean()).as(name).isTrue();
                inPath.add(parameter.get("name").asText());
            }
        });
        Set<String> named = new HashSet<>();
        Matcher matcher = Pattern.compile("\\{([^}]+)}").matcher(path);
        while (matcher.find()) {
            named.add(matcher.group(1));
        }
        assertThat(inPath).as(name).isEqualTo(named);
    }

    @Test
    void everyReferenceLeadsToASchema() {
        Set<String> used = new HashSet<>();
        api.findValues("$ref").forEach(reference -> {
            String pointer = reference.asText().substring(1);
            assertThat(api.at(pointer).isObject()).as(reference.asText()).isTrue();
            used.add(pointer.substring(pointer.lastIndexOf('/') + 1));
        });
        api.at("/components/schemas").fields().forEachRemaining(schema -> {
            assertThat(used).contains(schema.getKey());
            schema.getValue()
                    .path("required")
                    .forEach(property -> assertThat(
                                    schema.getValue().get("properties").has(property.asText()))
                            .as(schema.getKey() + "." + property.asText())
                            .isTrue());
        });
    }
}
