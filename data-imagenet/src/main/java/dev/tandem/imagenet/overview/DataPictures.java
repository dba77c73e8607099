package dev.tandem.imagenet.overview;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.layout.ImageClass;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.ImageNetClasses;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.stream.IntStream;

/** Pictures of a data set. */
public final class DataPictures {
    private static final int GAP = 4;
    private static final int CAPTION = 14;
    private static final int STRIP_WIDTH = 480;
    private static final int STRIP_HEIGHT = 60;

    private DataPictures() {}

    /**
     * A sheet with one sample of each class, in the order of labels, row by row: its first usable training image, or
     * validation image, and below it the first of the class's words. Classes without one are left out.
     *
     * @param tile the side of a sample, 16 to 512 pixels
     */
    public static BufferedImage contactSheet(ImageListing source, int tile, ImageOptions images) {
        RgbImage[] samples = samples(source, tile, images);
        int[] labels = IntStream.range(0, samples.length)
                .filter(label -> samples[label] != null)
                .toArray();
        int columns = Math.max(1, (int) Math.ceil(Math.sqrt(labels.length * 1.3)));
        int rows = (labels.length + columns - 1) / columns;
        BufferedImage sheet = new BufferedImage(
                GAP + columns * (tile + GAP), GAP + rows * (tile + CAPTION + GAP), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 10));
        graphics.setColor(Color.BLACK);
        for (int place = 0; place < labels.length; place++) {
            int x = GAP + place % columns * (tile + GAP);
            int y = GAP + place / columns * (tile + CAPTION + GAP);
            graphics.drawImage(samples[labels[place]].toBufferedImage(), x, y, null);
            ImageClass shown = source.classes().get(labels[place]);
            String words = shown.words().equals(shown.name()) ? ImageNetClasses.brief(shown.name()) : shown.words();
            int comma = words.indexOf(',');
            graphics.setClip(x, y + tile, tile, CAPTION);
            graphics.drawString(comma < 0 ? words : words.substring(0, comma), x, y + tile + CAPTION - GAP);
            graphics.setClip(null);
        }
        graphics.dispose();
        return sheet;
    }

    private static RgbImage[] samples(ImageListing source, int tile, ImageOptions images) {
        RgbImage[] samples = new RgbImage[source.classes().size()];
        try (ImageDecoder decoder = new ImageDecoder(tile, images)) {
            for (Split split : new Split[] {Split.TRAIN, Split.VALIDATION}) {
                ImageFiles files = source.files(split);
                for (int i = 0; i < files.size(); i++) {
                    if (samples[files.label(i)] == null) {
                        samples[files.label(i)] = sample(files, i, tile, decoder);
                    }
                }
            }
        }
        return samples;
    }

    /** Null if the image is not usable: then the next of its class is tried. The overview lists it. */
    private static RgbImage sample(ImageFiles files, int index, int tile, ImageDecoder decoder) {
        RgbImage sample = new RgbImage();
        try {
            decoder.decode(files.read(index), sample.resize(tile, tile));
            return sample;
        } catch (BadImage e) {
            return null;
        }
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

    /**
     * A strip for each principal component, the largest first: the mean colour in the middle, three standard deviations
     * less on the left, three more on the right. The paper's colour noise has a standard deviation of a sixtieth of the
     * width.
     */
    public static BufferedImage principalColours(TrainingStatistics statistics) {
        BufferedImage picture = new BufferedImage(STRIP_WIDTH, 3 * STRIP_HEIGHT + 4 * GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, picture.getWidth(), picture.getHeight());
        for (int component = 0; component < 3; component++) {
            double deviation = Math.sqrt(statistics.eigenvalue(component));
            for (int x = 0; x < STRIP_WIDTH; x++) {
                double factor = 6 * (x + 0.5) / STRIP_WIDTH - 3;
                int[] level = new int[3];
                for (int channel = 0; channel < 3; channel++) {
                    double value = statistics.channelMean(channel)
                            + factor * deviation * statistics.eigenvector(component, channel);
                    level[channel] = (int) Math.round(Math.max(0, Math.min(255, value)));
                }
                graphics.setColor(new Color(level[0], level[1], level[2]));
                graphics.fillRect(x, GAP + component * (STRIP_HEIGHT + GAP), 1, STRIP_HEIGHT);
            }
        }
        graphics.dispose();
        return picture;
    }
}
