package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.cli.Invocation;
import dev.tandem.cli.bench.HeavyOperations;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.spi.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The commands that only tell. */
class InformationTest {
    @Test
    void summaryOfThePapersNet() throws IOException {
        Invocation summary = Invocation.of("summary", "--recipe", "paper", "--json");
        assertThat(summary.status()).as(summary.err()).isZero();
        JsonNode answer = summary.json();
        assertThat(answer.get("parameters").asLong()).isEqualTo(60_965_224);
        assertThat(answer.get("multiplyAdds").asLong()).isEqualTo(724_406_816);
        // Parameters, velocities and gradients of 4 bytes each are the least.
        long bytes = answer.get("trainingBytes").asLong();
        assertThat(bytes).isGreaterThan(3 * 4 * 60_965_224L);
        assertThat(answer.get("gpuTrainingBytes").asLong() - bytes)
                .as("the next batch")
                .isEqualTo(128 * 3 * 224 * 224 * 4);
        JsonNode first = answer.get("layers").get(0);
        assertThat(first.toString())
                .isEqualTo(
                        "{\"name\":\"conv1\",\"inputs\":[\"input\"],\"output\":[96,55,55],\"parameters\":34944,\"multiplyAdds\":105415200}");
        assertThat(summary.err()).contains("conv1", "96x55x55", "60,965,224");
    }

    @Test
    void summaryFollowsClassesAndBatch() throws IOException {
        JsonNode two = Invocation.of("summary", "--classes", "2", "--json").json();
        JsonNode usual = Invocation.of("summary", "--json", "--batch", "64").json();
        assertThat(two.get("classes").asInt()).isEqualTo(2);
        assertThat(usual.get("classes").asInt()).isEqualTo(10);
        assertThat(usual.get("parameters").asLong() - two.get("parameters").asLong())
                .isEqualTo(8 * 513);
        assertThat(usual.get("trainingBytes").asLong())
                .isGreaterThan(two.get("trainingBytes").asLong());
    }

    @Test
    void doctorSaysWhatCanRunAndWhyNot() throws IOException {
        Invocation doctor = Invocation.of("doctor", "--json");
        assertThat(doctor.status()).isZero();
        JsonNode cuda = null;
        for (JsonNode backend : doctor.json().get("backends")) {
            cuda = backend.get("name").asText().equals("cuda") ? backend : cuda;
        }
        assertThat(cuda).isNotNull();
        assertThat(cuda.get("detail").asText())
                .isEqualTo(Backends.named("cuda").probe().detail());
        assertThat(doctor.err()).contains("Backend cuda: ").contains("Java: ");
    }

    /** A library that loads may have only reference code for an operation: what ran is said, not what was loaded. */
    @Test
    void doctorSaysWhatServesTheHeavyOperations() throws IOException {
        assertThat(HeavyOperations.of(Backends.named("cpu")))
                .hasSize(4)
                .containsKey("convolution")
                .allSatisfy((operation, implementation) -> assertThat(implementation)
                        .as(operation)
                        .doesNotContain("ref")
                        .matches(name -> name.equals(HeavyOperations.OWN_CODE) || name.matches("[a-z0-9_:+]+")));
        JsonNode cpu = null;
        for (JsonNode backend : Invocation.of("doctor", "--json").json().get("backends")) {
            cpu = backend.get("name").asText().equals("cpu") ? backend : cpu;
        }
        assertThat(cpu).isNotNull();
        assertThat(cpu.get("operations").get("convolution").asText())
                .isEqualTo(HeavyOperations.of(Backends.named("cpu")).get("convolution"));
    }

    @Test
    void doctorNotesWhatSlowsAMachine() {
        assertThat(DoctorCommand.notes(1, Map.of())).anyMatch(note -> note.contains("only one core"));
        assertThat(DoctorCommand.notes(4, Map.of("OMP_NUM_THREADS", "1", "OMP_WAIT_POLICY", "ACTIVE")))
                .anyMatch(note -> note.contains("OMP_NUM_THREADS=1 on 4 cores"))
                .anyMatch(note -> note.contains("OMP_WAIT_POLICY"));
        assertThat(DoctorCommand.notes(4, Map.of("OMP_NUM_THREADS", "4"))).noneMatch(note -> note.contains("OMP"));
    }

    @Test
    void aBackendThatCannotRunFailsWithExactlyItsReason() {
        var probe = Backends.named("cuda").probe();
        assumeFalse(probe.available(), "this machine runs CUDA");
        Invocation devices = Invocation.of("devices", "-D", "tandem.backend=cuda");
        assertThat(devices.status()).isEqualTo(2);
        assertThat(devices.err().strip()).isEqualTo("Error: backend cuda: " + probe.detail() + ". " + probe.remedy());
    }

    @Test
    void devicesAreListed() throws IOException {
        Invocation devices = Invocation.tiny("devices", "--json");
        assertThat(devices.status()).as(devices.err()).isZero();
        assertThat(devices.json().get("devices").get(0).get("name").asText()).endsWith(":0");
    }

    @Test
    void benchShowsWhereTheTimeGoes() throws IOException {
        Invocation bench = Invocation.tiny("bench", "--layers", "--steps", "2", "--batch", "2", "--json");
        assertThat(bench.status()).as(bench.err()).isZero();
        Map<String, JsonNode> layers = new LinkedHashMap<>();
        bench.json()
                .get("layers")
                .forEach(layer -> layers.put(layer.get("layer").asText(), layer));
        assertThat(layers.keySet()).contains("conv1", "lrn1", "pool5", "fc8", "loss");
        JsonNode conv2 = layers.get("conv2");
        for (String part : List.of("forward", "backwardData", "backwardWeights", "update", "peakShare")) {
            assertThat(conv2.get(part).asDouble()).as(part).isPositive();
        }
        assertThat(layers.get("lrn1").get("update").asDouble()).isZero();
        assertThat(layers.get("lrn1").get("peakShare").asDouble()).isZero();
        assertThat(bench.err()).contains("ms a step", "conv2", "that a step took while recorded");
        for (String part : List.of("batch to device", "results back", "between kernels", "waiting")) {
            assertThat(layers.get("host: " + part).get("host").asDouble())
                    .as(part)
                    .isPositive();
        }
        double all = 0;
        for (JsonNode row : layers.values()) {
            for (String part : List.of("forward", "backwardData", "backwardWeights", "update", "host")) {
                all += row.get(part).asDouble();
            }
        }
        // Recording begins before the first step and ends after the last, so nothing of them may be missing.
        double step = bench.json().get("recordedMillisecondsPerStep").asDouble();
        assertThat(all).isGreaterThanOrEqualTo(0.999 * step);
        assertThat(bench.json().get("accountedShare").asDouble()).isCloseTo(all / step, within(1e-6));
    }

    @Test
    void thePrecisionMayBeLeftToTheMachine() throws IOException {
        Invocation bench = Invocation.tiny("bench", "--precision", "auto", "--steps", "1", "--batch", "2", "--json");
        assertThat(bench.status()).as(bench.err()).isZero();
        assertThat(bench.err()).containsPattern("train small in (f32|bf16), ");
    }

    @Test
    void aPrecisionOfAnotherBackendIsMisuse() throws IOException {
        Invocation bench = Invocation.tiny("bench", "--precision", "tf32");
        assertThat(bench.status()).isEqualTo(2);
        assertThat(bench.err()).contains("--precision tf32", "got cpu, expected cuda");
        bench = Invocation.tiny("bench", "--precision", "bf16", "-D", "tandem.backend=reference");
        assertThat(bench.status()).isEqualTo(2);
        assertThat(bench.err()).contains("--precision bf16", "got reference, expected cpu or cuda");
    }

    @Test
    void benchTimesTrainingAndInference() throws IOException {
        for (String mode : new String[] {"train", "infer"}) {
            Invocation bench = Invocation.tiny("bench", "--mode", mode, "--steps", "2", "--batch", "2", "--json");
            assertThat(bench.status()).as(bench.err()).isZero();
            double images = bench.json().get("imagesPerSecond").asDouble();
            double milliseconds = bench.json().get("millisecondsPerStep").asDouble();
            assertThat(images * milliseconds / 1e3).isBetween(1.99, 2.01);
            assertThat(bench.json().get("gflops").asDouble()).isPositive();
            assertThat(bench.json().get("rooflineShare").asDouble()).isBetween(0.0, 1.2);
        }
    }

    @Test
    void helpAndVersion() {
        Invocation help = Invocation.of("--help");
        assertThat(help.status()).isZero();
        assertThat(help.out()).contains("train", "evaluate", "classify", "summary", "doctor", "devices", "bench");
        assertThat(Invocation.of("--version").out()).startsWith("tandem ");
        assertThat(Invocation.of("train", "--help").out()).contains("--resume");
    }

    @Test
    void everyRecipeIsNamedWhereOneIsChosen() throws IOException {
        String help = Invocation.of("train", "--help").out().replaceAll("\\s+", " ");
        List<String> names =
                RecipeProvider.all().stream().map(RecipeProvider::name).toList();
        assertThat(names).contains("small", "paper");
        assertThat(help).contains("--recipe=NAME One of " + String.join(", ", names) + ".");
        String settings = Files.readString(
                Path.of("../core/runtime/src/main/resources/dev/tandem/runtime/config/reference.conf"));
        int comment = settings.indexOf("# Which recipe:");
        String choice = settings.substring(comment, settings.indexOf("recipe = null", comment));
        assertThat(choice.split("[^\\w-]+")).containsAll(names);
    }
}
