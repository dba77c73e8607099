package dev.tandem.imagenet;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/** Pictures of a data set. */
public final class DataPictures {
    private static final int GAP = 4;
    private static final int CAPTION = 14;

    private DataPictures() {}

    /**
     * A sheet with one sample of each class, in the order of labels, row by row: its first usable training image, or
     * validation image. Classes without one have an empty place.
     *
     * @param tile the side of a sample, 16 to 512 pixels
     */
    public static BufferedImage contactSheet(ImageSource source, int tile) {
        int classes = source.classes().size();
        int columns = Math.max(1, (int) Math.ceil(Math.sqrt(classes * 1.3)));
        int rows = (classes + columns - 1) / columns;
        BufferedImage sheet = new BufferedImage(
                GAP + columns * (tile + GAP), GAP + rows * (tile + CAPTION + GAP), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        try (ImageDecoder decoder = new ImageDecoder(tile)) {
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
            graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 10));
            RgbImage[] samples = samples(source, tile, decoder);
            for (int label = 0; label < classes; label++) {
                int x = GAP + label % columns * (tile + GAP);
                int y = GAP + label / columns * (tile + CAPTION + GAP);
                if (samples[label] == null) {
                    graphics.setColor(Color.LIGHT_GRAY);
                    graphics.fillRect(x, y, tile, tile);
                } else {
                    graphics.drawImage(samples[label].toBufferedImage(), x, y, null);
                }
                graphics.setColor(Color.BLACK);
                graphics.setClip(x, y + tile, tile, CAPTION);
                graphics.drawString(source.classes().get(label).words(), x, y + tile + CAPTION - GAP);
                graphics.setClip(null);
            }
        } finally {
            graphics.dispose();
        }
        return sheet;
    }

    private static RgbImage[] samples(ImageSource source, int tile, ImageDecoder decoder) {
        RgbImage[] samples = new RgbImage[source.classes().size()];
        for (Split split : new Split[] {Split.TRAIN, Split.VALIDATION}) {
            ImageFiles files = source.files(split);
            for (int i = 0; i < files.size(); i++) {
                if (samples[files.label(i)] == null) {
                    RgbImage sample = new RgbImage();
                    try {
                        decoder.decode(files.read(i), sample.resize(tile, tile));
                        samples[files.label(i)] = sample;
                    } catch (BadImage e) {
                        // The next image of its class takes its place; the overview lists it.
                        samples[files.label(i)] = null;
                    }
                }
            }
        }
        return samples;
    }

    /** The mean image, as it is subtracted. */
    public static BufferedImage meanImage(TrainingStatistics statistics) {
        int side = statistics.imageSize();
        RgbImage image = new RgbImage();
        byte[] planes = image.resize(side, side);
        float[] mean = statistics.meanImage();
        for (int i = 0; i < mean.length; i++) {
            planes[i] = (byte) Math.round(mean[i]);
        }
        return image.toBufferedImage();
    }
}
