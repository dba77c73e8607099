package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.decode.OpenCvCodec;
import dev.tandem.imagenet.decode.RgbImage;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;
import org.bytedeco.opencv.opencv_core.Rect;

/**
 * Writes crops of images that OpenCV decoded, which need not become squares of Java's first: the arithmetic of {@link
 * CropWriter} in its order, so the same bits, in a third of the time, because Java's compiler does not vectorize the
 * conversion of bytes. For one thread.
 */
public final class MatCropWriter implements AutoCloseable {
    private final CropWriter crops;
    private final int side;
    private final int crop;
    private final float[] scale;
    private final float[] colour;
    private final BytePointer bytes;
    private final MatVector planes = new MatVector(RgbImage.CHANNELS);
    private final Mat[] plane = new Mat[RgbImage.CHANNELS];
    private final FloatPointer mean;
    private final BytePointer meanBytes;
    /**
     * One channel of the mean under the crop: a header that is moved, because a new one takes as long as a conversion.
     */
    private final Mat meanPart;

    private final FloatPointer floats;
    private final Mat input;
    private final FloatPointer mirroredFloats;
    private final Mat mirrored;

    public MatCropWriter(CropWriter crops) {
        this.crops = crops;
        this.side = crops.side();
        this.crop = crops.crop();
        this.scale = crops.scale();
        this.colour = crops.isGrey() ? new float[crops.colourElements()] : new float[0];
        int pixels = crop * crop;
        this.bytes = new BytePointer((long) RgbImage.CHANNELS * (pixels + OpenCvCodec.PLANE_GAP));
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            BytePointer start = new BytePointer(bytes).position((long) channel * (pixels + OpenCvCodec.PLANE_GAP));
            plane[channel] = new Mat(crop, crop, opencv_core.CV_8UC1, start);
            planes.put(channel, plane[channel]);
        }
        this.mean = new FloatPointer(crops.mean());
        this.meanBytes = new BytePointer(mean);
        this.meanPart = new Mat(crop, crop, opencv_core.CV_32FC1, mean, (long) side * Float.BYTES);
        this.floats = new FloatPointer(pixels);
        this.input = new Mat(crop, crop, opencv_core.CV_32FC1, floats);
        this.mirroredFloats = new FloatPointer(pixels);
        this.mirrored = new Mat(crop, crop, opencv_core.CV_32FC1, mirroredFloats);
    }

    /** Whether nothing of an image has to be resized. */
    boolean fits(ImageInfo image) {
        return crops.squaring().fits(image.width(), image.height());
    }

    /**
     * Writes a crop of an image's square to {@code out} from {@code at} on: {@code pixels} are its rows down to the
     * crop's lower edge, or more.
     */
    void write(Mat pixels, ImageInfo image, Crop wanted, float[] out, int at) {
        if (crops.isGrey()) {
            writeColour(pixels, image, wanted, colour, 0);
            crops.writeGrey(colour, out, at);
        } else {
            writeColour(pixels, image, wanted, out, at);
        }
    }

    private void writeColour(Mat pixels, ImageInfo image, Crop wanted, float[] out, int at) {
        int x = (int) crops.squaring().offset(image.width()) + wanted.left;
        int y = (int) crops.squaring().offset(image.height()) + wanted.top;
        try (Rect place = new Rect(x, y, crop, crop);
                Mat part = new Mat(pixels, place)) {
            opencv_core.split(part, planes);
        }
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            plane[channel].convertTo(input, opencv_core.CV_32F, 1, wanted.noise[channel]);
            long first = (channel * (long) side + wanted.top) * side + wanted.left;
            meanPart.data(meanBytes.position(first * Float.BYTES));
            opencv_core.subtract(input, meanPart, input);
            if (scale[channel] != 1) {
                input.convertTo(input, opencv_core.CV_32F, scale[channel], 0);
            }
            FloatPointer written = floats;
            if (wanted.reflected) {
                opencv_core.flip(input, mirrored, 1);
                written = mirroredFloats;
            }
            written.get(out, at + channel * crop * crop, crop * crop);
        }
    }

    @Override
    public void close() {
        planes.close();
        for (Mat each : plane) {
            each.close();
        }
        meanPart.close();
        input.close();
        mirrored.close();
        bytes.close();
        mean.close();
        floats.close();
        mirroredFloats.close();
    }
}
