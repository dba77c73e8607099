package dev.tandem.imagenet;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.ImageReader;
import dev.tandem.nn.data.ImageReaderProvider;

/** Makes {@link ImageLoader}s for whoever looks for a reader of images. */
public final class ImageLoaderProvider implements ImageReaderProvider {
    @Override
    public ImageReader open(ImageInput input) {
        return new ImageLoader(input);
    }
}
