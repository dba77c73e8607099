package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.cli.Invocation;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.spi.Shape;
import dev.tandem.testkit.TestPhotographs;
import dev.tandem.weights.published.SideInformation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights of a file become a run that does what the model did. */
class ImportCommandTest {
    @TempDir
    static Path folder;

    private static Path data;
    private static Path trained;
    private static Path weights;

    @BeforeAll
    static void train() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 4, 2);
        trained = folder.resolve("trained");
        Invocation run = Invocation.tiny(
                "train",
                "--data",
                data.toString(),
                "--run",
                trained.toString(),
                "-D",
                "tandem.train.batch=6",
                "-D",
                "tandem.train.epochs=1",
                "-D",
                "tandem.ablations=no-lrn");
        assertThat(run.status()).as(run.err()).isZero();
        weights = folder.resolve("weights.safetensors");
        try (PretrainedModel model = PretrainedModel.open(checkpoint(trained, "best"))) {
            Safetensors.write(
                    weights,
                    Map.of(SideInformation.KEY, SideInformation.of(model).toJsonWithMeanImage()),
                    model.parameters().entrySet().stream()
                            .map(one ->
                                    new Safetensors.Entry(one.getKey(), one.getValue(), () -> model.read(one.getKey())))
                            .toList());
        }
    }

    private static Path checkpoint(Path run, String name) {
        return run.resolve("checkpoints").resolve(name + ".safetensors");
    }

    private static Invocation imported(Path file, Path run, String... more) {
        List<String> args = new ArrayList<>(List.of("import", file.toString(), "--run", run.toString()));
        args.addAll(List.of(more));
        return Invocation.of(args.toArray(String[]::new));
    }

    private static void assertMisused(Invocation invocation, Path run, String... said) {
        assertThat(invocation.err()).contains("Error: ").contains(said).doesNotContain("\tat ");
        assertThat(invocation.status()).isEqualTo(2);
        assertThat(run).doesNotExist();
    }

    @Test
    void theImportedRunDoesWhatTheModelDid() throws IOException {
        Path run = folder.resolve("imported");
        Invocation done = imported(weights, run, "--json");
        assertThat(done.status()).as(done.err()).isZero();
        JsonNode json = done.json();
        assertThat(json.path("format").asText()).isEqualTo("safetensors");
        assertThat(json.path("recipe").asText()).isEqualTo("small");
        assertThat(json.path("classes").asInt()).isEqualTo(3);
        assertThat(json.path("tensors")).hasSize(16);
        assertThat(json.path("tensors").get(0).path("parameter").asText()).isEqualTo("conv1.weight");
        assertThat(json.path("tensors").get(0).path("done").asText()).isEqualTo("as it is");
        assertThat(json.path("sha256").asText()).hasSize(64);
        assertThat(done.err()).contains("Imported weights", "conv1.weight", "Run folder", "Next: ./tandem classify");

        String image = data.resolve("val/red").toFile().listFiles()[0].toString();
        for (List<String> command :
                List.of(List.of("classify", image), List.of("evaluate", "--data", data.toString()))) {
            JsonNode own = of(command, trained).json();
            assertThat(of(command, run).json()).as(command.get(0)).isEqualTo(own);
        }
    }

    private static Invocation of(List<String> command, Path run) {
        List<String> args = new ArrayList<>(command);
        args.addAll(List.of("--run", run.toString(), "--json", "-D", "tandem.backend=cpu"));
        Invocation done = Invocation.of(args.toArray(String[]::new));
        assertThat(done.status()).as(done.err()).isZero();
        return done;
    }

    @Test
    void aCheckpointBecomesARunAsItIs() {
        Path run = folder.resolve("copied");
        Invocation done = imported(checkpoint(trained, "best"), run);
        assertThat(done.status()).as(done.err()).isZero();
        assertThat(done.out()).contains("a checkpoint of Tandem's");
        assertMisused(
                imported(checkpoint(trained, "best"), folder.resolve("n"), "--recipe", "small"),
                folder.resolve("n"),
                "says itself what its model is");
    }

    @Test
    void anImportedRunIsNotResumedAndNotReplaced() {
        Path run = folder.resolve("once");
        assertThat(imported(weights, run).status()).isZero();
        Invocation resumed = Invocation.of("train", "--resume", "--run", run.toString());
        assertThat(resumed.status()).isEqualTo(2);
        assertThat(resumed.err()).contains("the run was imported", "./tandem train --from");
        Invocation again = imported(folder.resolve("nothing.pth"), run);
        assertThat(again.status()).isEqualTo(2);
        assertThat(again.err()).contains("it holds a run");
    }

    @Test
    void whatCannotBeImportedLeavesNothing() throws IOException {
        Path run = folder.resolve("none");
        assertMisused(imported(folder.resolve("nothing.pth"), run), run, "no such file", "expected a file of weights");
        Path page = Files.writeString(folder.resolve("page.pth"), "<!DOCTYPE html>");
        assertMisused(imported(page, run), run, "a web page", "Open it in a browser");
        Path plain = folder.resolve("plain.safetensors");
        Safetensors.write(plain, Map.of(), List.of(new Safetensors.Entry("x", Shape.of(1), () ->
                new float[] {Float.NaN})));
        assertMisused(imported(plain, run), run, "it is another net");
        Path list = Files.writeString(folder.resolve("list.txt"), "a\nb\n");
        assertMisused(
                imported(weights, run, "--classes", list.toString()), run, "another number of names", "got 2 names");
        assertMisused(imported(weights, run, "--recipe", "papr"), run, "unknown name", "papr");
        byte[] whole = Files.readAllBytes(weights);
        whole[whole.length - 3] ^= 1;
        Path damaged = Files.write(folder.resolve("damaged.bin"), whole);
        assertMisused(imported(damaged, run), run, "checksum of the elements");
        assertThat(Invocation.of("import", weights.toString()).status()).isEqualTo(2);
    }

    @Test
    void namesOfTheFileCannotControlTheTerminal() throws IOException {
        Path named = folder.resolve("named.safetensors");
        try (PretrainedModel model = PretrainedModel.open(checkpoint(trained, "best"))) {
            List<Safetensors.Entry> entries = new ArrayList<>();
            model.parameters()
                    .forEach((name, shape) -> entries.add(new Safetensors.Entry(name, shape, () -> model.read(name))));
            entries.add(new Safetensors.Entry("\u001b[2Jx", Shape.of(1), () -> new float[] {1}));
            Safetensors.write(
                    named, Map.of(SideInformation.KEY, SideInformation.of(model).toJsonWithMeanImage()), entries);
        }
        Invocation done = imported(named, folder.resolve("named"));
        assertThat(done.status()).as(done.err()).isZero();
        assertThat(done.out())
                .contains("Left out, as no parameters of the net: \\u001b[2Jx")
                .doesNotContain("\u001b");
        Invocation json = imported(named, folder.resolve("named-json"), "--json");
        assertThat(json.json().path("leftOut").get(0).asText()).isEqualTo("\u001b[2Jx");
    }

    @Test
    void aNamedListOfClassesReplacesTheOwn() throws IOException {
        Path list = Files.writeString(folder.resolve("names.txt"), "one\ntwo\nthree\n");
        Path run = folder.resolve("renamed");
        assertThat(imported(weights, run, "--classes", list.toString()).status())
                .isZero();
        assertThat(run.resolve("classes.txt")).hasContent("one\ntwo\nthree\n");
    }
}
