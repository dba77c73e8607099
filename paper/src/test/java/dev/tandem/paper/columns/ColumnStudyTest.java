package dev.tandem.paper.columns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.paper.columns.ColumnStudy.Seed;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColumnStudyTest {
    @TempDir
    Path folder;

    @BeforeEach
    void photographs() throws IOException {
        TestPhotographs.folder(folder.resolve("data"), 4, 1);
    }

    private LongFunction<TandemConfig> config(String recipe, String more) {
        Path data = folder.resolve("data");
        return seed -> new ConfigSources()
                .addText("tandem.train.seed = " + seed + "\ntandem { backend = cpu, recipe = " + recipe + ", data = \""
                        + data + "\" }\n"
                        + "tandem.recipes.small { width = 12, hidden = 16, image = 60, crop = 56 }\n"
                        + "tandem.train.epochs = 1\n" + more)
                .load();
    }

    @Test
    void eachSeedIsTrainedOnceAndMeasured() throws IOException {
        Path runs = folder.resolve("runs");
        List<Long> seeds = List.of(1L, 2L);
        List<Long> seen = new ArrayList<>();
        List<Seed> found = new ColumnStudy(config("small", ""), runs, seeds).run(seed -> seen.add(seed.seed()));
        assertThat(seen).containsExactly(1L, 2L);
        assertThat(found).hasSize(2).allSatisfy(one -> {
            assertThat(one.shape()).isEqualTo(Shape.of(12, 3, 11, 11));
            assertThat(one.division().first()).as("hardly trained: 2/3").isCloseTo(2 / 3., within(0.1));
            assertThat(one.division().chance()).isBetween(0.0, 1.0);
        });
        assertThat(found.get(0).weights())
                .as("each seed begins with other weights")
                .isNotEqualTo(found.get(1).weights());
        long written = Files.getLastModifiedTime(runs.resolve("seed-1/checkpoints/last.safetensors"))
                .toMillis();
        List<Seed> again = new ColumnStudy(config("small", ""), runs, seeds).run(seed -> {});
        assertThat(again.get(0).division()).isEqualTo(found.get(0).division());
        assertThat(Files.getLastModifiedTime(runs.resolve("seed-1/checkpoints/last.safetensors"))
                        .toMillis())
                .isEqualTo(written);
        // A gap of 30, then two blocks of 6 kernels of 11 pixels, five times as large.
        assertThat(ColumnsPicture.draw(found).getWidth()).isEqualTo(30 + 2 * (6 * (55 + 4) + 4 + 30));
    }

    @Test
    void runsOfOtherSettingsAreRefused() {
        Path runs = folder.resolve("runs");
        new ColumnStudy(config("small", ""), runs, List.of(1L)).run(seed -> {});
        LongFunction<TandemConfig> other = config("small", "tandem.train.learning-rate = 0.5");
        assertThatThrownBy(() -> new ColumnStudy(other, runs, List.of(1L)).run(seed -> {}))
                .hasMessageContaining("learning-rate")
                .hasMessageContaining("seed-1");
    }

    @Test
    void aSeedThatDivergesIsNoResult() {
        LongFunction<TandemConfig> steep =
                config("small", "tandem.train { learning-rate = 1000, batch = 4, epochs = 3 }");
        assertThatThrownBy(() -> new ColumnStudy(steep, folder.resolve("runs"), List.of(1L)).run(seed -> {}))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DIVERGED))
                .hasMessageContaining("columns: the training of seed 1 diverged");
    }

    @Test
    void aSeedCountsOnce() {
        LongFunction<TandemConfig> config = config("small", "");
        assertThatThrownBy(() -> new ColumnStudy(config, folder.resolve("runs"), List.of(1L, 2L, 1L)))
                .hasMessageContaining("columns: a seed is there twice, got [1, 2, 1]");
    }

    @Test
    void trainedWeightsToBeginWithAreRefused() {
        Path before = folder.resolve("before");
        new ColumnStudy(config("small", ""), before, List.of(1L)).run(seed -> {});
        LongFunction<TandemConfig> config = config("small", "tandem.train.from = \"" + before.resolve("seed-1") + "\"");
        assertThatThrownBy(() -> new ColumnStudy(config, folder.resolve("runs"), List.of(1L)))
                .hasMessageContaining("tandem.train.from: each seed begins at random");
    }

    @Test
    void aNetOfOneColumnIsRefused() {
        LongFunction<TandemConfig> config = config("owt", "");
        assertThatThrownBy(() -> new ColumnStudy(config, folder.resolve("runs"), List.of(1L)))
                .hasMessageContaining("columns: recipe owt has no two columns of kernels over colours");
    }
}
