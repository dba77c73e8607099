package dev.tandem.runtime;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.ImageReader;
import dev.tandem.nn.data.ImageReaderProvider;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;

/** Reads images of one grey, encoded as one byte; each view is a little lighter than the one before. */
public final class ByteReaderProvider implements ImageReaderProvider {
    @Override
    public ImageReader open(ImageInput input) {
        int side = input.preprocessing().cropSize();
        return new Reader(input.preprocessing().channels() * side * side);
    }

    private record Reader(int elements) implements ImageReader {
        @Override
        public boolean read(String name, byte[] encoded, Views views, float[] inputs, int at) {
            if (encoded.length != 1) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA, "image " + name, "no grey", encoded.length + " bytes", 1, "");
            }
            write(encoded[0] & 0xFF, views, inputs, at);
            return encoded[0] == 0;
        }

        @Override
        public void read(String name, BufferedImage image, Views views, float[] inputs, int at) {
            write(image.getRGB(0, 0) & 0xFF, views, inputs, at);
        }

        private void write(int grey, Views views, float[] inputs, int at) {
            for (int view = 0; view < views.count(); view++) {
                int from = at + view * elements;
                for (int i = 0; i < elements; i++) {
                    inputs[from + i] = (grey + view) * (i % 7) / 255f;
                }
            }
        }

        @Override
        public void close() {}
    }
}
