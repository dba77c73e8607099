package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.cli.Invocation;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.run.RunFolder;
import dev.tandem.testkit.TestPhotographs;
import dev.tandem.weights.export.ExportFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExportCommandTest {
    @TempDir
    static Path folder;

    private static Path run;

    @BeforeAll
    static void train() throws IOException {
        run = folder.resolve("run");
        Path data = TestPhotographs.folder(folder.resolve("data"), 2, 2);
        Invocation trained = Invocation.tiny(
                "train",
                "--data",
                data.toString(),
                "--run",
                run.toString(),
                "-D",
                "tandem.train.batch=6",
                "-D",
                "tandem.train.epochs=1");
        assertThat(trained.status()).as(trained.err()).isZero();
    }

    private static Path checkpoint(Path of) {
        return new RunFolder(of).checkpoint("last");
    }

    @ParameterizedTest
    @EnumSource(ExportFormat.class)
    @DisplayName("an export that is imported is the same model, to the bit, and classifies alike")
    void roundTrip(ExportFormat format) throws IOException {
        Path file = folder.resolve("again." + format);
        Invocation exported =
                Invocation.of("export", "--run", run.toString(), "--checkpoint", "last", file.toString(), "--json");
        assertThat(exported.status()).as(exported.err()).isZero();
        JsonNode answer = new ObjectMapper().readTree(exported.out());
        assertThat(answer.path("format").asText()).isEqualTo(format.toString());
        assertThat(answer.path("files").get(0).path("sha256").asText()).isEqualTo(Sha256.of(file));
        assertThat(answer.path("files")).hasSize(format == ExportFormat.CAFFEMODEL ? 3 : 1);

        Path imported = folder.resolve("imported-" + format);
        Invocation made = Invocation.of("import", file.toString(), "--run", imported.toString());
        assertThat(made.status()).as(made.err()).isZero();
        try (PretrainedModel before = PretrainedModel.open(checkpoint(run));
                PretrainedModel after = PretrainedModel.open(checkpoint(imported))) {
            assertThat(after.classNames()).isEqualTo(before.classNames());
            assertThat(after.description().settings())
                    .isEqualTo(before.description().settings());
            assertThat(after.parameters()).isEqualTo(before.parameters());
            for (String parameter : before.parameters().keySet()) {
                assertThat(after.read(parameter)).isEqualTo(before.read(parameter));
            }
            float[] mean =
                    before.description().input().orElseThrow().statistics().meanImage();
            assertThat(after.description().input().orElseThrow().statistics().meanImage())
                    .isEqualTo(mean);
        }
    }

    @Test
    @DisplayName("a file that is there is replaced on request")
    void overwrite() throws IOException {
        Path file = Files.writeString(folder.resolve("there.npz"), "old");
        Invocation exported = Invocation.of("export", "--run", run.toString(), file.toString(), "--overwrite");
        assertThat(exported.status()).as(exported.err()).isZero();
        assertThat(exported.out()).contains("Recipe small, 3 classes, 16 tensors, as npz", "there.npz");
        assertThat(Files.size(file)).isGreaterThan(1000);
    }
}
