package dev.tandem.cli.picture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.placement.Forecast;
import dev.tandem.placement.Strategy;
import dev.tandem.spi.Shape;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

/** Networks that are no sequence, in words and in a picture. */
class PlacementPictureTest {
    private static final int FAINT = 0xff777777;

    private static Network block(int channels) {
        return Network.builder()
                .add("conv1", Convolution.of(channels, 3).padding(1))
                .add("norm1", new BatchNormalization())
                .add("relu1", Activation.relu())
                .add("conv2", Convolution.of(channels, 3).padding(1))
                .add("norm2", new BatchNormalization())
                .add("sum", Merge.sum(), "norm2", Network.INPUT)
                .add("relu2", Activation.relu())
                .build();
    }

    private static Network residual() {
        return Network.builder()
                .add("conv", Convolution.of(16, 3).padding(1))
                .add("block1", block(16))
                .add("block2", block(16))
                .add("pool", Pooling.average(8))
                .add("skip", Pooling.average(8), "block1")
                .add("both", Merge.concatenation(), "pool", "skip")
                .add("fc", Linear.of(10))
                .build();
    }

    private static Forecast forecast(Strategy strategy) {
        return Forecast.of(residual(), Shape.of(8, 3, 32, 32), strategy::table, 2);
    }

    /** The pixels of lines below the boxes of the first device. */
    private static long lanes(BufferedImage picture, Forecast forecast) {
        PlacementLayout layout = new PlacementLayout(forecast);
        int from = layout.top(0) + PlacementLayout.BOX_HEIGHT + 20;
        long found = 0;
        for (int y = from; y < layout.top(1) - 20; y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                found += picture.getRGB(x, y) == FAINT ? 1 : 0;
            }
        }
        return found;
    }

    @Test
    void shortcutsGoBelowTheBoxes() {
        Forecast forecast = forecast(Strategy.COLUMNS);
        BufferedImage picture = PlacementPicture.draw("residual", forecast);
        assertThat(lanes(picture, forecast)).isGreaterThan(1000);
    }

    @Test
    void lanesOfLayersThatOverlapAreApart() {
        PlacementLayout layout = new PlacementLayout(forecast(Strategy.DATA));
        assertThat(layout.lanes()).hasSize(4);
        for (PlacementLayout.Lane lane : layout.lanes()) {
            assertThat(layout.lanes())
                    .filteredOn(other -> other.number() == lane.number())
                    .filteredOn(other -> other.from() < lane.to() && lane.from() < other.to())
                    .containsExactly(lane);
        }
    }

    @Test
    void theReportNamesEachLayerInFull() {
        assertThat(PlacementReport.lines(forecast(Strategy.COLUMNS)))
                .anyMatch(line -> line.startsWith("block1.conv1 channel"))
                .anyMatch(line -> line.matches("both +channel .*"));
    }
}
