package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recipe of 15 lines in a jar of its own, in grey, by every command. */
class OwnRecipeTest {
    private static final String SOURCE = """
            public class MyNet implements dev.tandem.nn.recipe.RecipeProvider {
                public String name() { return "mynet"; }
                public dev.tandem.nn.recipe.Recipe recipe(int classes, dev.tandem.nn.recipe.RecipeSettings settings) {
                    return dev.tandem.nn.recipe.Recipe.named(name())
                        .network(dev.tandem.nn.layer.Network.builder()
                            .add("conv", dev.tandem.nn.layer.Convolution.of(8, 3).padding(1))
                            .add("relu", dev.tandem.nn.layer.Activation.relu())
                            .add("pool", dev.tandem.nn.layer.Pooling.max(2).stride(2))
                            .add("fc", dev.tandem.nn.layer.Linear.of(classes)).build(), classes)
                        .preprocessing(new dev.tandem.nn.data.Preprocessing(20, 16,
                            dev.tandem.nn.data.Preprocessing.Pixels.STANDARDIZED_CHANNELS).grey())
                        .schedule(new dev.tandem.nn.schedule.Stepped(0.05, 0.1, 30)).epochs(2).batch(8).build();
                }
            }
            """;

    /** Of two inputs that are no photographs, a map of numbers. */
    private static final String MAPS = """
            public class MyMaps implements dev.tandem.nn.recipe.RecipeProvider {
                public String name() { return "mymaps"; }
                public dev.tandem.nn.recipe.Recipe recipe(int classes, dev.tandem.nn.recipe.RecipeSettings settings) {
                    return dev.tandem.nn.recipe.Recipe.named(name())
                        .network(dev.tandem.nn.layer.Network.builder()
                            .add("left", dev.tandem.nn.layer.Convolution.of(4, 3).padding(1))
                            .input("depth")
                            .add("right", dev.tandem.nn.layer.Convolution.of(4, 3).padding(1), "depth")
                            .add("sum", dev.tandem.nn.layer.Merge.sum(), "left", "right")
                            .add("map", dev.tandem.nn.layer.Convolution.of(2, 1)).build(), classes)
                        .input(dev.tandem.spi.Shape.of(3, 6, 6), dev.tandem.spi.Shape.of(1, 6, 6))
                        .loss(new dev.tandem.nn.loss.MeanSquaredError())
                        .optimizer(new dev.tandem.nn.optimizer.Adam())
                        .schedule(dev.tandem.nn.schedule.AtEpochs.constant(0.001))
                        .epochs(2).batch(8).build();
                }
            }
            """;

    /** One layer with a loss that makes no probabilities of its outputs. */
    private static final String SQUARES = """
            public class MySquares implements dev.tandem.nn.recipe.RecipeProvider {
                public String name() { return "mysquares"; }
                public dev.tandem.nn.recipe.Recipe recipe(int classes, dev.tandem.nn.recipe.RecipeSettings settings) {
                    return dev.tandem.nn.recipe.Recipe.named(name())
                        .network(dev.tandem.nn.layer.Network.builder()
                            .add("fc", dev.tandem.nn.layer.Linear.of(classes)).build(), classes)
                        .preprocessing(new dev.tandem.nn.data.Preprocessing(20, 16,
                            dev.tandem.nn.data.Preprocessing.Pixels.STANDARDIZED_CHANNELS))
                        .loss((output, target) -> {
                            var off = output.subtract(target.oneHot(classes));
                            return off.multiply(off).sum(1).reshape(dev.tandem.spi.Shape.of(output.dim(0)));
                        })
                        .schedule(new dev.tandem.nn.schedule.Stepped(0.05, 0.1, 30)).epochs(1).batch(8).build();
                }
            }
            """;

    @TempDir
    Path folder;

    private final Thread thread = Thread.currentThread();
    private final ClassLoader before = thread.getContextClassLoader();
    private URLClassLoader loader;

    @BeforeEach
    void theJarIsOnTheClassPath() throws IOException {
        String net = Files.writeString(folder.resolve("MyNet.java"), SOURCE).toString();
        String maps = Files.writeString(folder.resolve("MyMaps.java"), MAPS).toString();
        String squares =
                Files.writeString(folder.resolve("MySquares.java"), SQUARES).toString();
        int status = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-cp", System.getProperty("java.class.path"), net, maps, squares);
        assertThat(status).isZero();
        Path jar = folder.resolve("mynet.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            out.putNextEntry(new JarEntry("META-INF/services/dev.tandem.nn.recipe.RecipeProvider"));
            out.write("MyNet\nMyMaps\nMySquares\n".getBytes(StandardCharsets.US_ASCII));
            for (String name : List.of("MyNet.class", "MyMaps.class", "MySquares.class")) {
                out.putNextEntry(new JarEntry(name));
                Files.copy(folder.resolve(name), out);
            }
        }
        loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before);
        thread.setContextClassLoader(loader);
    }

    @AfterEach
    void theJarIsGone() throws IOException {
        thread.setContextClassLoader(before);
        loader.close();
    }

    private static JsonNode succeeded(String... args) throws IOException {
        Invocation done = Invocation.of(args);
        assertThat(done.status()).as(done.err()).isZero();
        return done.json();
    }

    @Test
    void trainsResumesEvaluatesAndClassifies() throws IOException {
        String data = TestPhotographs.folder(folder.resolve("data"), 8, 4).toString();
        String run = folder.resolve("run").toString();
        succeeded("train", "--recipe", "mynet", "--data", data, "--run", run, "--epochs", "1", "--json");
        JsonNode resumed = succeeded("train", "--resume", "--run", run, "--override", "--epochs", "3", "--json");
        assertThat(resumed.get("epochs").asInt()).isEqualTo(3);
        JsonNode evaluated = succeeded("evaluate", "--run", run, "--json");
        assertThat(evaluated.get("top1Error").asDouble())
                .isEqualTo(resumed.get("top1Error").asDouble());
        Path image;
        try (Stream<Path> files = Files.walk(Path.of(data, "val"))) {
            image = files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
        assertThat(succeeded("classify", "--run", run, "--json", image.toString())
                        .at("/images/0/classes/0/name")
                        .asText())
                .isNotEmpty();

        succeeded("report", "--run", run, "--json");
        JsonNode kernels = report(run, "kernels").get("kernels");
        assertThat(kernels.get("channels").asInt()).isEqualTo(1);
        assertThat(kernels.get("columns").asInt()).isEqualTo(1);
        assertThat(report(run, "images").get("nearest")).hasSize(8);
        assertThat(report(run, "layers").at("/layers/0/kind").asText()).isEqualTo("convolution");

        thread.setContextClassLoader(before);
        Invocation without = Invocation.of("evaluate", "--run", run);
        assertThat(without.status()).isEqualTo(2);
        assertThat(without.err())
                .contains("tandem.recipe: unknown name, got mynet (" + run)
                .contains("Add mynet.jar, in which the recipe was, to the class path");
    }

    private static JsonNode report(String run, String subject) throws IOException {
        return new ObjectMapper()
                .readTree(Path.of(run, "report-data", subject + ".json").toFile());
    }

    @Test
    void aReportSaysWhatAnotherKindOfNetDoesNotHave() throws IOException {
        String data = TestPhotographs.folder(folder.resolve("data"), 8, 4).toString();
        String run = folder.resolve("run").toString();
        succeeded("train", "--recipe", "mysquares", "--data", data, "--run", run, "--json");
        JsonNode answer = succeeded("report", "--run", run, "--json");
        assertThat(answer.get("top1Error").isNumber()).isTrue();
        assertThat(answer.get("logLoss").isNull()).isTrue();
        assertThat(answer.get("notes").toString())
                .contains("no reliability diagram", "is no cross-entropy")
                .contains("the first parameter, fc.weight, is 3x768")
                .contains("the classifier takes the image itself");
        assertThat(report(run, "calibration").get("calibration").isNull()).isTrue();
        assertThat(report(run, "kernels").get("kernels").isNull()).isTrue();
        assertThat(report(run, "runs").at("/runs/0/history/metrics/loss")).hasSize(1);
    }

    @Test
    void isSummarizedPlannedTimedAndListed() throws IOException {
        JsonNode summary = succeeded("summary", "--recipe", "mynet", "--classes", "10", "--json");
        // 8 kernels of 3x3 over one channel, and 10 units over 8 maps of 8x8.
        assertThat(summary.get("parameters").asInt()).isEqualTo(8 * 9 + 8 + 10 * 8 * 64 + 10);
        succeeded("plan", "--recipe", "mynet", "--gflops", "100", "--bandwidth", "10", "--json");
        succeeded("bench", "--recipe", "mynet", "--steps", "1", "--json");
        assertThat(Invocation.of("train", "--help").out()).contains("mynet");
        assertThat(Invocation.of("doctor").out()).contains("Recipe mynet");
        String data = TestPhotographs.folder(folder.resolve("data"), 8, 4).toString();
        String runs = folder.resolve("study").toString();
        JsonNode ablated = succeeded(
                "ablate",
                "--recipe",
                "mynet",
                "--data",
                data,
                "--runs",
                runs,
                "--seeds",
                "1",
                "--ablations",
                "tanh",
                "--json");
        assertThat(ablated.get("rows")).hasSize(2);
        Invocation none = Invocation.of("ablate", "--recipe", "mymaps", "--data", data, "--runs", runs);
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).contains("ablate: recipe mymaps has nothing to leave out");
    }

    @Test
    void ofNumbersIsSummarizedPlannedAndTimed() throws IOException {
        // Left, right and the map.
        int parameters = (4 * 3 * 9 + 4) + (4 * 9 + 4) + (2 * 4 + 2);
        JsonNode summary = succeeded("summary", "--recipe", "mymaps", "--json");
        assertThat(summary.get("parameters").asInt()).isEqualTo(parameters);
        succeeded("summary", "--recipe", "mymaps", "--placement", "data", "--json");
        succeeded("plan", "--recipe", "mymaps", "--gflops", "100", "--bandwidth", "10", "--json");
        for (String mode : List.of("train", "infer")) {
            JsonNode timed = succeeded("bench", "--recipe", "mymaps", "--mode", mode, "--steps", "1", "--json");
            assertThat(timed.get("imagesPerSecond").asDouble()).isPositive();
        }
    }
}
