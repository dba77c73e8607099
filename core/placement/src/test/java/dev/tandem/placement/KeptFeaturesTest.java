package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outputs of frozen first layers that are computed once for each row. */
class KeptFeaturesTest extends SmallRun {
    private static final int ROWS = 16;
    private static final int IMAGES = 60;
    private static final long PLENTY = 1 << 20;
    /** The reference computes in double precision, of which what is kept has half; on other devices bits are the same. */
    private static final Offset<Float> ROUNDING = Offset.offset(1e-6f);

    private final long first = HostBatch.reserveIdentities(IMAGES);

    private static Recipe frozen(String... layers) {
        Recipe whole = recipe(0.05).withBatch(ROWS);
        return whole.withNetwork(whole.network().frozen(layers));
    }

    private PlacedModel place(Recipe recipe, long bytes) {
        PlacedModel model = DevicePlacement.single(backend.devices().get(0))
                .withFeatureBytes(bytes)
                .place(recipe);
        model.initialize(1);
        return model;
    }

    /** Images chosen from a set, with their identities. */
    private HostBatch batch(int... images) {
        HostBatch batch = new HostBatch(Shape.of(ROWS, 3, 9, 9));
        int elements = batch.images().array().length / ROWS;
        for (int row = 0; row < images.length; row++) {
            Random random = new Random(images[row]);
            for (int i = 0; i < elements; i++) {
                batch.images().array()[row * elements + i] = random.nextFloat() - 0.5f;
            }
            batch.labels()[row] = images[row] % 3;
            batch.setIdentity(row, first + images[row]);
        }
        batch.setRows(images.length);
        return batch;
    }

    private HostBatch shuffled(Random random, int count) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < IMAGES; i++) {
            all.add(i);
        }
        Collections.shuffle(all, random);
        return batch(all.subList(0, count).stream().mapToInt(i -> i).toArray());
    }

    private static float[] predicted(PlacedModel model, HostBatch batch) {
        float[] all = model.predictions(batch, CrossEntropy.plain());
        return Arrays.copyOf(all, batch.rows() * 3);
    }

    private void assertSameAsWithoutKeeping(Recipe recipe, long bytes) {
        try (PlacedModel kept = place(recipe, bytes);
                PlacedModel computed = place(recipe, 0)) {
            Random random = new Random(7);
            for (int step = 0; step < 30; step++) {
                HostBatch batch = shuffled(random, ROWS);
                StepSettings settings = new StepSettings(1, step, 0.05);
                kept.step(batch, settings);
                computed.step(batch, settings);
                HostBatch part = shuffled(random, 5);
                assertThat(predicted(kept, part)).containsExactly(predicted(computed, part), ROUNDING);
            }
            kept.parameters()
                    .forEach(spec ->
                            assertThat(kept.read(spec.name())).containsExactly(computed.read(spec.name()), ROUNDING));
        }
    }

    @Test
    void theResultsAreThoseOfComputingEveryTime() {
        assertSameAsWithoutKeeping(frozen("conv*"), PLENTY);
        assertSameAsWithoutKeeping(frozen("conv*", "fc2"), PLENTY);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 5000, 10_000})
    void whatDoesNotFitIsComputed(long bytes) {
        assertSameAsWithoutKeeping(frozen("conv*"), bytes);
    }

    @Test
    void aLayerThatLooksAtTheRowsBesideIsComputedEveryTime() {
        Layer mixing = (x, context) -> x.add(Value.constant(x.tensor()).slice(0, 0, 1));
        Recipe recipe = frozen("conv1");
        Network network = Network.builder()
                .add("fc1", Linear.of(4))
                .add("mixing", mixing)
                .add("fc2", Linear.of(3))
                .build()
                .frozen("fc1");
        assertThat(FrozenPrefix.of(network, List.of(Shape.of(ROWS, 243))))
                .hasValueSatisfying(prefix -> assertThat(prefix.last()).isEqualTo("mixing"));
        assertSameAsWithoutKeeping(recipe.withNetwork(network), PLENTY);
    }

    @Test
    void rowsWithAnIdentityAreComputedOnceUntilParametersChange() {
        try (PlacedModel model = place(frozen("conv*"), PLENTY)) {
            HostBatch batch = batch(1, 2, 3, 4);
            float[] before = predicted(model, batch);
            assertThat(predicted(model, batch)).as("the first comparison").isEqualTo(before);
            Arrays.fill(batch.images().array(), 1);
            assertThat(predicted(model, batch))
                    .as("the images are not looked at")
                    .isEqualTo(before);
            assertThat(model.features(batch, "fc2")).isNotEqualTo(model.features(batch(1, 2, 3, 4), "fc2"));

            batch.clearIdentities();
            float[] ones = predicted(model, batch);
            assertThat(ones).isNotEqualTo(before);
            for (int row = 0; row < 4; row++) {
                batch.setIdentity(row, first + 1 + row);
            }
            model.write("conv1.bias", model.read("conv1.bias"));
            assertThat(predicted(model, batch)).isEqualTo(ones);
        }
    }

    @Test
    void theHealthOfFrozenLayersIsThatOfTheFirstBatchThatWasLookedAt() {
        try (PlacedModel kept = place(frozen("conv*"), PLENTY);
                PlacedModel computed = place(frozen("conv*"), 0)) {
            Random random = new Random(7);
            HostBatch first = shuffled(random, ROWS);
            Map<String, ActivationHealth> before = kept.activations(first);
            assertThat(before).isEqualTo(computed.activations(first)).containsKeys("conv1", "fc2");
            for (int step = 0; step < 10; step++) {
                HostBatch batch = shuffled(random, ROWS);
                StepSettings settings = new StepSettings(1, step, 0.5);
                kept.step(batch, settings);
                computed.step(batch, settings);
                Map<String, ActivationHealth> found = kept.activations(batch);
                assertThat(found).hasSameSizeAs(before).containsEntry("conv1", before.get("conv1"));
                assertThat(found.get("fc2").saturatedShare())
                        .isCloseTo(computed.activations(batch).get("fc2").saturatedShare(), within(1e-6));
            }
        }
    }

    @Test
    void thePrefixEndsWhereSomethingLearnsOrIsRandom() {
        assertThat(last(frozen())).isEmpty();
        assertThat(last(frozen("fc3"))).isEmpty();
        assertThat(last(frozen("conv*"))).contains("pool1");
        assertThat(last(frozen("conv*", "fc2"))).contains("fc2"); // with tanh2 in it, before drop2
        assertThat(last(frozen("conv*", "fc*"))).contains("fc2");
        Network random = Network.builder()
                .add("drop", Dropout.of(0.5))
                .add("fc", Linear.of(3))
                .add("head", Linear.of(3))
                .build();
        assertThat(last(random.frozen("fc"))).isEmpty();
    }

    @Test
    void thePrefixOfAGraphEndsWhereOneValueIsPassedOn() {
        Network block = Network.builder()
                .add("fc", Linear.of(4))
                .add("bn", new BatchNormalization())
                .add("sum", Merge.sum(), "bn", Network.INPUT)
                .build();
        Network network = Network.builder()
                .add("stem", Linear.of(4))
                .add("block1", block)
                .add("block2", block)
                .add("head", Linear.of(3))
                .build();
        assertThat(last(network.frozen("stem"))).contains("stem");
        assertThat(last(network.frozen("stem", "block1"))).contains("block1.sum");
        assertThat(last(network.frozen("stem", "block1", "block2.fc"))).contains("block1.sum");
        assertThat(last(network.frozen("block1"))).isEmpty();
    }

    private static Optional<String> last(Recipe recipe) {
        return FrozenPrefix.of(recipe.network(), recipe.inputs(ROWS)).map(FrozenPrefix::last);
    }

    private static Optional<String> last(Network network) {
        return FrozenPrefix.of(network, List.of(Shape.of(ROWS, 4))).map(FrozenPrefix::last);
    }
}
