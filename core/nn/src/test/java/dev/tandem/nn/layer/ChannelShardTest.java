package dev.tandem.nn.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Shape;
import org.junit.jupiter.api.Test;

class ChannelShardTest {
    private static final Shape MAPS = Shape.of(1, 96, 4, 4);
    private static final ChannelRange SECOND_HALF = new ChannelRange(48, 96);

    @Test
    void aNormalizationAcrossMapsNeedsItsNeighboursAndAllowsZerosAroundThem() {
        ChannelShard shard = LocalResponseNormalization.paper().shard(SECOND_HALF, MAPS);
        assertThat(shard.input()).isEqualTo(new ChannelRange(46, 96));
        assertThat(shard.padded(SECOND_HALF, 1)).isEqualTo(shard.input());
        assertThat(shard.padded(SECOND_HALF, 16)).isEqualTo(new ChannelRange(32, 96));
    }

    @Test
    void outputsThatAreNotWholeBlocksGetNoZeros() {
        ChannelRange odd = new ChannelRange(40, 96);
        ChannelShard shard = LocalResponseNormalization.paper().shard(odd, MAPS);
        assertThat(shard.padded(odd, 16)).isEqualTo(new ChannelRange(38, 96));
    }

    @Test
    void noNeighbourIsNeededFromAnotherGroup() {
        ChannelShard shard = LocalResponseNormalization.paper().groups(2).shard(SECOND_HALF, MAPS);
        assertThat(shard.input()).isEqualTo(SECOND_HALF);
        assertThat(LocalResponseNormalization.paper().groups(2).shard(new ChannelRange(40, 96), MAPS))
                .as("a part of one group and all of another")
                .isNull();
    }

    @Test
    void aConvolutionGetsExactlyTheChannelsOfItsGroups() {
        ChannelShard shard = Convolution.of(256, 5).groups(2).shard(new ChannelRange(128, 256), MAPS);
        assertThat(shard.input()).isEqualTo(SECOND_HALF);
        assertThat(shard.padded(new ChannelRange(128, 256), 64)).isEqualTo(SECOND_HALF);
    }
}
