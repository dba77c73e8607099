package dev.tandem.paper.tour;

import dev.tandem.imagenet.PictureReader;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.data.Views.Place;
import dev.tandem.paper.picture.ExperimentPicture;
import dev.tandem.paper.picture.Palette;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What training makes of one photograph (paper, section 4.1): the square that is stored, random crops and reflections,
 * colours along the principal components of a training set; and the views of testing.
 */
public final class AugmentationSheet {
    /** The paper's sizes. */
    static final int SQUARE = 256;

    static final int CROP = 224;

    /** What is done to the photographs of the training set, for its statistics. */
    public static final Preprocessing PREPROCESSING = new Preprocessing(SQUARE, CROP, Preprocessing.Pixels.MEAN_IMAGE);

    private static final int SHOWN = 6;
    private static final int TILE = 136;
    private static final int GAP = 8;
    private static final double SCALE = 0.1;
    private static final double STRONGER = 5;

    private final BufferedImage photograph;
    private final BufferedImage square;
    private final TrainingStatistics statistics;
    private final long seed;

    private AugmentationSheet(
            BufferedImage photograph, BufferedImage square, TrainingStatistics statistics, long seed) {
        this.photograph = photograph;
        this.square = square;
        this.statistics = statistics;
        this.seed = seed;
    }

    /**
     * Of the photograph in {@code file}.
     *
     * @param statistics of the training set whose colours are added
     * @throws dev.tandem.spi.TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_DATA}) if it is no usable image
     */
    public static AugmentationSheet of(Path file, ImageOptions options, TrainingStatistics statistics, long seed) {
        try (PictureReader reader = new PictureReader(SQUARE, options)) {
            BufferedImage whole = reader.small(file);
            int left = (int) PREPROCESSING.resize().centre(whole.getWidth(), SQUARE);
            int top = (int) PREPROCESSING.resize().centre(whole.getHeight(), SQUARE);
            return new AugmentationSheet(whole, whole.getSubimage(left, top, SQUARE, SQUARE), statistics, seed);
        }
    }

    /** The random crops. */
    List<BufferedImage> crops() {
        RandomKey key = new RandomKey(seed, RandomKey.Purpose.CROP, 0, 0);
        int offsets = SQUARE - CROP + 1;
        return IntStream.range(0, SHOWN)
                .mapToObj(i -> crop(
                        Philox.below(key, 4L * i, offsets),
                        Philox.below(key, 4L * i + 1, offsets),
                        (Philox.word(key, 4L * i + 2) & 1) == 1))
                .toList();
    }

    private BufferedImage crop(int top, int left, boolean reflected) {
        BufferedImage crop = new BufferedImage(CROP, CROP, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < CROP; y++) {
            for (int x = 0; x < CROP; x++) {
                crop.setRGB(reflected ? CROP - 1 - x : x, y, square.getRGB(left + x, top + y));
            }
        }
        return crop;
    }

    /** The views that testing takes the mean of, in their order. */
    List<BufferedImage> views(Views views) {
        return views.all().stream()
                .map(view -> crop(offset(view.vertical()), offset(view.horizontal()), view.reflected()))
                .toList();
    }

    private static int offset(Place place) {
        return switch (place) {
            case FIRST -> 0;
            case CENTRED -> PREPROCESSING.centre();
            case LAST -> SQUARE - CROP;
        };
    }

    /** The square with the sum of {@code factors[i] sqrt(lambda_i) p_i} added to each pixel. */
    BufferedImage coloured(double... factors) {
        double[] added = new double[factors.length];
        for (int i = 0; i < factors.length; i++) {
            for (int channel = 0; channel < added.length; channel++) {
                added[channel] += factors[i] * Math.sqrt(statistics.eigenvalue(i)) * statistics.eigenvector(i, channel);
            }
        }
        BufferedImage coloured = new BufferedImage(SQUARE, SQUARE, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < SQUARE; y++) {
            for (int x = 0; x < SQUARE; x++) {
                int rgb = square.getRGB(x, y);
                coloured.setRGB(
                        x,
                        y,
                        shifted(rgb >> 16, added[0]) << 16 | shifted(rgb >> 8, added[1]) << 8 | shifted(rgb, added[2]));
            }
        }
        return coloured;
    }

    private static int shifted(int value, double added) {
        return (int) Math.max(0, Math.min(255, Math.round((value & 0xFF) + added)));
    }

    private List<BufferedImage> colours(double scale) {
        RandomKey key = new RandomKey(seed, RandomKey.Purpose.COLOUR, 0, 0);
        return IntStream.range(0, SHOWN)
                .mapToObj(i -> coloured(
                        scale * Philox.gaussian(key, 4L * i),
                        scale * Philox.gaussian(key, 4L * i + 1),
                        scale * Philox.gaussian(key, 4L * i + 2)))
                .toList();
    }

    /** Everything in one picture. */
    public BufferedImage draw() {
        int positions = SQUARE - CROP + 1;
        String components = IntStream.range(0, 3)
                .mapToObj(i -> String.format(Locale.ROOT, "%.0f", Math.sqrt(statistics.eigenvalue(i))))
                .collect(Collectors.joining(", "));
        return new ExperimentPicture("Augmentation: what training makes of one photograph")
                .add(
                        wholeAndSquare(),
                        "The photograph with its shorter side brought to 256 pixels; the frame is the square that is stored.")
                .add(
                        row(crops(), SHOWN, TILE),
                        String.format(
                                Locale.ROOT,
                                "Random crops of 224 x 224, a half of them reflected: %,d places, %,d with reflections.",
                                positions * positions,
                                2 * positions * positions))
                .add(
                        row(colours(SCALE), SHOWN, TILE),
                        "Colours along the training set's principal components, as strong as in training (0.1 deviations; the"
                                + " components' deviations are " + components + " grey levels).")
                .add(
                        row(colours(STRONGER * SCALE), SHOWN, TILE),
                        "The same draws, five times as strong as in training.")
                .add(
                        row(views(Views.TEN), 5, TILE),
                        "Testing: the corners and the centre, and below their reflections. The prediction is the mean of ten.")
                .add(
                        row(views(Views.NINE), 9, 90),
                        "The nine views of the authors' CIFAR-10 nets, at the same places of this square, without reflections.")
                .draw();
    }

    private BufferedImage wholeAndSquare() {
        int shown = Math.min(photograph.getWidth(), ExperimentPicture.WIDTH - SQUARE - 100);
        double scale = Math.min(
                1.0, Math.min(SQUARE / (double) photograph.getHeight(), shown / (double) photograph.getWidth()));
        int width = (int) Math.round(photograph.getWidth() * scale);
        int height = (int) Math.round(photograph.getHeight() * scale);
        BufferedImage both = new BufferedImage(width + 4 * GAP + SQUARE, SQUARE, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = canvas(both);
        canvas.drawImage(photograph, 0, 0, width, height, null);
        canvas.setColor(Palette.ORANGE.colour());
        canvas.setStroke(new BasicStroke(3));
        int side = (int) Math.round(SQUARE * scale) - 3;
        canvas.drawRect(
                1 + (int) ((photograph.getWidth() - SQUARE) / 2 * scale),
                1 + (int) ((photograph.getHeight() - SQUARE) / 2 * scale),
                side,
                side);
        canvas.drawImage(square, width + 4 * GAP, 0, null);
        canvas.dispose();
        return both;
    }

    private static Graphics2D canvas(BufferedImage picture) {
        Graphics2D canvas = picture.createGraphics();
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, picture.getWidth(), picture.getHeight());
        canvas.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        return canvas;
    }

    private static BufferedImage row(List<BufferedImage> pictures, int columns, int tile) {
        int rows = (pictures.size() + columns - 1) / columns;
        BufferedImage all = new BufferedImage(
                columns * tile + (columns - 1) * GAP, rows * tile + (rows - 1) * GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = canvas(all);
        for (int i = 0; i < pictures.size(); i++) {
            canvas.drawImage(pictures.get(i), i % columns * (tile + GAP), i / columns * (tile + GAP), tile, tile, null);
        }
        canvas.dispose();
        return all;
    }
}
