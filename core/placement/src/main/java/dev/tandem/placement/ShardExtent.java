package dev.tandem.placement;

import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.spi.Shape;

/**
 * Some images and channels of an activation.
 *
 * @param firstImage the first image
 * @param images how many images
 * @param channels the channels
 */
record ShardExtent(int firstImage, int images, ChannelRange channels) {
    /** The shape of these images and channels of an activation of shape {@code whole}. */
    Shape shape(Shape whole) {
        Shape rows = whole.with(0, images);
        return whole.rank() < 2 ? rows : rows.with(1, channels.length());
    }

    /** The images and channels in both this and {@code other}; null for none. */
    ShardExtent intersect(ShardExtent other) {
        int image = Math.max(firstImage, other.firstImage);
        int count = Math.min(firstImage + images, other.firstImage + other.images) - image;
        int from = Math.max(channels.from(), other.channels.from());
        int to = Math.min(channels.to(), other.channels.to());
        return count < 1 || to <= from ? null : new ShardExtent(image, count, new ChannelRange(from, to));
    }
}
