package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Backends;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a checkpoint says of its model is read as it was written, by others too, or refused. */
class ModelDescriptionTest {
    private static final PixelStatistics STATISTICS = new PixelStatistics(
            3, 1L << 40, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9.5f}, new double[] {127 + 1 / 3.}, new double[] {99.9});
    private static final ImageInput INPUT = new ImageInput(
            new Preprocessing(3, 2, Preprocessing.Pixels.STANDARDIZED_CHANNELS).grey(), STATISTICS, false, 1_000_000);
    private static final ModelDescription DESCRIPTION = new ModelDescription(
            "a \"stranger's\"", Map.of("width", 12, "depth", -3), List.of("no-lrn", "tanh"), Optional.of(INPUT));

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void write() {
        file = folder.resolve("a.safetensors");
        write(DESCRIPTION);
    }

    private void write(ModelDescription description) {
        Network network = Network.builder().add("fc1", Linear.of(2)).build();
        try (Backend backend = Backends.open("reference");
                PlacedModel model =
                        DevicePlacement.single(backend.devices().get(0)).place(network, Shape.of(1, 1, 2, 2))) {
            model.initialize(1);
            Checkpoint.write(file, model, state(), description);
        }
    }

    private static TrainingState state() {
        return new TrainingState(
                "a \"stranger's\"",
                List.of("cat", "dog"),
                7,
                6,
                "print",
                1,
                2,
                3,
                new LossSum(0.5, 1),
                1,
                List.of(),
                List.of(),
                null,
                null,
                List.of());
    }

    private Optional<ModelDescription> read() {
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            return checkpoint.description();
        }
    }

    @Test
    void isReadAsItWasWritten() {
        ModelDescription read = read().orElseThrow();
        assertThat(read.recipe()).isEqualTo(DESCRIPTION.recipe());
        assertThat(read.settings()).isEqualTo(DESCRIPTION.settings());
        assertThat(read.ablations()).isEqualTo(DESCRIPTION.ablations());
        ImageInput input = read.input().orElseThrow();
        assertThat(input.preprocessing()).isEqualTo(INPUT.preprocessing());
        assertThat(input.upright()).isFalse();
        assertThat(input.maximumPixels()).isEqualTo(1_000_000);
        assertThat(input.statistics().images()).isEqualTo(1L << 40);
        assertThat(input.statistics().meanImage()).isEqualTo(STATISTICS.meanImage());
        assertThat(input.statistics().channelMeans()).as("every bit").isEqualTo(STATISTICS.channelMeans());
        assertThat(input.statistics().covariance()).isEqualTo(STATISTICS.covariance());
    }

    @Test
    void inputsThatAreNoPhotographsHaveNoStatistics() {
        write(new ModelDescription("r", Map.of(), List.of(), Optional.empty()));
        assertThat(read().orElseThrow().input()).isEmpty();
    }

    @Test
    void otherProgramsFindItUnderItsNames() {
        try (Safetensors tensors = Safetensors.open(file)) {
            assertThat(tensors.shapes())
                    .containsEntry("preprocessing/mean_image", Shape.of(1, 3, 3))
                    .containsEntry("preprocessing/channel_means", Shape.of(1))
                    .containsEntry("preprocessing/covariance", Shape.of(1, 1));
            assertThat(tensors.metadata().get("tandem.model"))
                    .contains(
                            "\"version\":1", "\"settings\":{\"depth\":-3,\"width\":12}", "\"orientation\":\"IGNORE\"");
        }
    }

    /** An earlier version, which would decode images in full, refuses what was trained on scaled ones. */
    @Test
    void scaledImagesAreOfAVersionOfTheirOwn() {
        assertThat(read().orElseThrow().input().orElseThrow().scaled()).isFalse();
        try (Safetensors tensors = Safetensors.open(file)) {
            assertThat(tensors.metadata().get("tandem.model")).doesNotContain("scaled");
        }
        ImageInput scaled = new ImageInput(INPUT.preprocessing(), STATISTICS, false, 1_000_000, true);
        write(new ModelDescription("r", Map.of(), List.of(), Optional.of(scaled)));
        assertThat(read().orElseThrow().input().orElseThrow().scaled()).isTrue();
        try (Safetensors tensors = Safetensors.open(file)) {
            assertThat(tensors.metadata().get("tandem.model")).contains("\"version\":3", "\"scaled\":true");
        }
    }

    @Test
    void anUnknownRecipeIsNamed() {
        assertThatThrownBy(() -> read().orElseThrow().choice())
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("got a \"stranger's\"")
                .hasMessageContaining("add that to the class path");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "version\\\":1|version\\\":4|unknown version, got 4, expected 1 to 3. If a newer Tandem wrote it",
                "imageSize\\\":3|imageSize\\\":4|another shape, got 1x3x3, expected 1x4x4",
                "imageSize\\\":3|imageSize\\\":0|out of range",
                "cropSize\\\":2|cropSize\\\":7|crop and image size do not fit",
                "channels\\\":1|channels\\\":9|unknown channels",
                "width\\\":12|width\\\":.5|unreadable",
                "IGNORE|SPOILT|unreadable",
                "\\\"images\\\"|\\\"imagez\\\"|unreadable",
            })
    void whatCannotBeIsRefused(String from, String to, String message) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1).replace("crc32c", "crc32x");
        assertThat(text).contains(from);
        Files.write(file, text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(this::read)
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContaining("description of the model is unreadable")
                .hasMessageContaining(message);
    }

    @Test
    void aChangeIsSeenByTheChecksum() throws IOException {
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        Files.write(file, text.replace("IGNORE", "APPLY\\\" ").getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(this::read).isInstanceOf(TandemException.class);
        Files.write(file, text.replace("width", "depht").getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(this::read)
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("checksum of the description of the model");
    }
}
