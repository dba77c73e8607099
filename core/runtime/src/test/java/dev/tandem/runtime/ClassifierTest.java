package dev.tandem.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a classifier answers, and refuses. The images are of one grey: {@link ByteReaderProvider}. */
class ClassifierTest {
    private static final ClassifierOptions OPTIONS = ClassifierOptions.defaults();

    @TempDir
    Path folder;

    private Tandem tandem;
    private Path file;

    @BeforeEach
    void writeCheckpoint() {
        tandem = Tandem.configure("tandem.backend = reference");
        file = ServedNet.write(folder.resolve("net.safetensors"), tandem.placement(), 1, ServedNet.description());
    }

    @AfterEach
    void close() {
        tandem.close();
    }

    private static byte[] grey(int value) {
        return new byte[] {(byte) value};
    }

    @Test
    void namesTheLikeliestClassesOfEveryKindOfImage() throws IOException {
        BufferedImage inMemory = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
        inMemory.getRaster().setSample(0, 0, 0, 0);
        Path stored = Files.write(folder.resolve("image"), grey(0));
        try (Classifier photos = tandem.open(file, OPTIONS)) {
            assertThat(photos.classNames()).isEqualTo(ServedNet.CLASSES);
            assertThat(photos.recipe().name()).isEqualTo("served");
            List<Prediction> answer = photos.classify(grey(0), 4);
            assertThat(answer)
                    .hasSize(4)
                    .isSortedAccordingTo((a, b) -> Double.compare(b.probability(), a.probability()));
            assertThat(answer.stream().mapToDouble(Prediction::probability).sum())
                    .isCloseTo(1, within(1e-6));
            assertThat(answer)
                    .allMatch(one -> ServedNet.CLASSES.get(one.label()).equals(one.name()));
            assertThat(photos.classify(new ByteArrayInputStream(grey(0)), 4)).isEqualTo(answer);
            assertThat(photos.classify(stored, 4)).isEqualTo(answer);
            assertThat(photos.classify(inMemory, 4)).isEqualTo(answer);
            assertThat(photos.classify(new float[ServedNet.ELEMENTS], 9)).isEqualTo(answer);
            assertThat(photos.classify(grey(0), 1)).containsExactly(answer.get(0));
            assertThat(photos.classify(List.of(grey(200), stored, inMemory, grey(0)), 4))
                    .hasSize(4)
                    .endsWith(answer, answer, answer)
                    .first()
                    .isNotEqualTo(answer);
            assertThat(photos.classify(List.of(), 1)).isEmpty();
            assertThat(photos.turned()).as("encoded images of grey 0").isEqualTo(6);
        }
    }

    @ParameterizedTest
    @EnumSource
    void predictionsAreTheMeanOverTheViews(Views views) {
        try (Classifier photos = tandem.open(file, OPTIONS.withBatch(4))) {
            List<List<Prediction>> each = IntStream.range(0, views.count())
                    .mapToObj(view -> photos.classify(grey(50 + view), 4))
                    .toList();
            List<Prediction> together = photos.withViews(views).classify(grey(50), 4);
            for (Prediction one : together) {
                double mean = each.stream()
                        .flatMap(List::stream)
                        .filter(other -> other.label() == one.label())
                        .mapToDouble(Prediction::probability)
                        .average()
                        .orElseThrow();
                assertThat(one.probability()).isCloseTo(mean, within(1e-12));
            }
        }
    }

    @Test
    void viewsCanBeTenByDefault() {
        try (Classifier tenByDefault = tandem.open(file, OPTIONS.withViews(Views.TEN));
                Classifier ten = tandem.open(file, OPTIONS)) {
            assertThat(tenByDefault.classify(grey(9), 4))
                    .isEqualTo(ten.withViews(Views.TEN).classify(grey(9), 4))
                    .isNotEqualTo(ten.classify(grey(9), 4));
        }
    }

    @Test
    void featuresAreWhatTheLayerMakesOfEachImage() {
        HostBatch batch = new HostBatch(ServedNet.recipe(4).input(2));
        for (int i = 0; i < batch.images().array().length; i++) {
            batch.images().array()[i] = (float) Math.sin(i);
        }
        float[] first = Arrays.copyOf(batch.images().array(), ServedNet.ELEMENTS);
        float[] second = Arrays.copyOfRange(batch.images().array(), ServedNet.ELEMENTS, 2 * ServedNet.ELEMENTS);
        Recipe recipe = ServedNet.recipe(4);
        try (Classifier photos = tandem.open(file, OPTIONS);
                PlacedModel model = tandem.placement().place(recipe.network(), recipe.input(2))) {
            model.initialize(3);
            for (String layer : List.of("conv1", "relu1", "fc2")) {
                float[] expected = model.features(batch, layer);
                float[][] features = photos.features(layer, List.of(first, second));
                int length = expected.length / 2;
                assertThat(features[0]).isEqualTo(Arrays.copyOf(expected, length));
                assertThat(features[1]).isEqualTo(Arrays.copyOfRange(expected, length, 2 * length));
            }
            assertThatThrownBy(() -> photos.features("fc7", List.of(first)))
                    .hasMessageContaining("no such layer, got fc7, expected one of [conv1, relu1, fc2");
        }
    }

    @Test
    void opensTheFolderOfARunAtItsBestCheckpoint() throws IOException {
        Files.createDirectories(folder.resolve("run/checkpoints"));
        Path last = folder.resolve("run/checkpoints/last.safetensors");
        assertThatThrownBy(() -> tandem.open(folder.resolve("run"))).hasMessageContaining("no checkpoint is there");
        Files.copy(file, last);
        tandem.open(folder.resolve("run"), OPTIONS).close();
        Files.writeString(folder.resolve("run/checkpoints/best.safetensors"), "damaged");
        assertThatThrownBy(() -> tandem.open(folder.resolve("run"), OPTIONS))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("best.safetensors");
    }

    @Test
    void refusesWhatIsNoImageAndNamesIt() {
        try (Classifier photos = tandem.open(file, OPTIONS)) {
            assertRefused(() -> photos.classify(new byte[2], 1), ErrorCode.INVALID_DATA, "2 bytes");
            assertRefused(() -> photos.classify(folder, 1), ErrorCode.INVALID_DATA, "a folder");
            assertRefused(() -> photos.classify(folder.resolve("x"), 1), ErrorCode.INVALID_DATA, "nothing there");
            assertRefused(() -> photos.classify((byte[]) null, 1), ErrorCode.INVALID_ARGUMENT, "got null");
            assertRefused(
                    () -> photos.classify(new float[3], 1),
                    ErrorCode.INVALID_ARGUMENT,
                    "got 3 numbers, expected 108, the input 3x6x6");
            assertRefused(() -> photos.classify(grey(1), 0), ErrorCode.INVALID_ARGUMENT, "1 or more");
            assertRefused(
                    () -> photos.classify(List.of(grey(1), new byte[3]), 1), ErrorCode.INVALID_DATA, "2 of the list");
            assertRefused(() -> photos.classify(List.of("a.jpg"), 1), ErrorCode.INVALID_ARGUMENT, "java.lang.String");
            float[] infinite = new float[ServedNet.ELEMENTS];
            infinite[0] = Float.POSITIVE_INFINITY;
            assertRefused(() -> photos.classify(infinite, 1), ErrorCode.INVALID_DATA, "not finite");
            assertThat(photos.classify(Collections.nCopies(200, grey(1)), 1)).hasSize(200);
        }
    }

    @Test
    void aRecipeThatNoProviderMakesIsPassed() {
        Recipe recipe = ServedNet.recipe(4);
        ModelDescription elsewhere = new ModelDescription("served", Map.of("layers", 3), List.of(), Optional.empty());
        Path other = ServedNet.write(folder.resolve("other.safetensors"), tandem.placement(), 1, elsewhere);
        assertRefused(
                () -> tandem.open(other),
                ErrorCode.INVALID_CONFIGURATION,
                "unknown setting, got layers, expected one of [kernels]");
        try (Classifier photos = tandem.open(other, OPTIONS.withRecipe(recipe));
                Classifier complete = tandem.open(file)) {
            assertRefused(() -> photos.classify(grey(1), 1), ErrorCode.INVALID_ARGUMENT, "takes no photographs");
            assertThat(photos.classify(new float[ServedNet.ELEMENTS], 4))
                    .isEqualTo(complete.classify(new float[ServedNet.ELEMENTS], 4));
        }
        try (Classifier photos = tandem.open(other, OPTIONS.withRecipe(recipe).withInput(ServedNet.input()));
                Classifier complete = tandem.open(file)) {
            assertThat(photos.classify(grey(1), 4)).isEqualTo(complete.classify(grey(1), 4));
        }
    }

    @Test
    void refusesCheckpointsThatItCannotUse() {
        Path untrained =
                ServedNet.write(folder.resolve("new.safetensors"), tandem.placement(), 0, ServedNet.description());
        assertRefused(() -> tandem.open(untrained), ErrorCode.INVALID_CHECKPOINT, "not been trained");
        assertRefused(
                () -> tandem.open(file, OPTIONS.withRecipe(ServedNet.recipe(5))),
                ErrorCode.INVALID_CHECKPOINT,
                "other outputs than there are classes");
        Path numbers = ServedNet.write(
                folder.resolve("numbers.safetensors"), tandem.placement(), 1, ServedNet.description(), List.of());
        assertRefused(() -> tandem.open(numbers), ErrorCode.INVALID_CHECKPOINT, "has no classes to name");
        assertRefused(() -> tandem.open(folder.resolve("none")), ErrorCode.INVALID_CHECKPOINT, "no such file");
    }

    @Test
    void refusesCallsAfterItIsClosed() {
        Classifier photos = tandem.open(file, OPTIONS);
        Classifier ten = photos.withViews(Views.TEN);
        ten.close();
        photos.close();
        assertRefused(() -> photos.classify(grey(1), 1), ErrorCode.INVALID_ARGUMENT, "closed");
        assertRefused(() -> photos.features("fc2", List.of()), ErrorCode.INVALID_ARGUMENT, "closed");
    }

    private static void assertRefused(ThrowingCallable call, ErrorCode code, String part) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(part);
    }
}
