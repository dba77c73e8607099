package dev.tandem.run.tensorboard;

import dev.tandem.nn.file.ProtoMessage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.ImageIO;

/** Events as TensorBoard's protocol buffers define them: {@code event.proto}, {@code summary.proto}. */
final class Events {
    private static final int SIMPLE_VALUE = 2;
    private static final int IMAGE = 4;
    private static final int HISTOGRAM = 5;
    private static final int TENSOR = 8;
    private static final int METADATA = 9;
    private static final int STRINGS = 7;
    private static final int RGB = 3;
    private static final int SESSION_START = 1;

    private Events() {}

    /** What a file begins with. */
    static ProtoMessage version(String version) {
        return at(0).text(3, version);
    }

    /** A process begins to write: what others have written of {@code step} and later steps no longer counts. */
    static ProtoMessage start(long step) {
        return at(step).message(7, new ProtoMessage().number(1, SESSION_START));
    }

    /** The values of {@code step}. */
    static ProtoMessage summary(long step, ProtoMessage values) {
        return at(step).message(5, values);
    }

    private static ProtoMessage at(long step) {
        return new ProtoMessage()
                .doubleDecimal(1, System.currentTimeMillis() / 1e3)
                .number(2, step);
    }

    /** A message of values by tag. */
    static ProtoMessage scalars(Map<String, Double> values) {
        ProtoMessage summary = new ProtoMessage();
        values.forEach((tag, value) -> add(summary, tag, new ProtoMessage().decimal(SIMPLE_VALUE, value.floatValue())));
        return summary;
    }

    /** Adds a histogram to the values of a step. */
    static void addHistogram(ProtoMessage summary, String tag, ProtoMessage histogram) {
        add(summary, tag, new ProtoMessage().message(HISTOGRAM, histogram));
    }

    /** Adds an image to the values of a step. */
    static void addImage(ProtoMessage summary, String tag, BufferedImage image) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        ProtoMessage value = new ProtoMessage()
                .number(1, image.getHeight())
                .number(2, image.getWidth())
                .number(3, RGB)
                .bytes(4, png.toByteArray());
        add(summary, tag, new ProtoMessage().message(IMAGE, value));
    }

    /** Adds a text in Markdown to the values of a step. */
    static void addText(ProtoMessage summary, String tag, String markdown) {
        ProtoMessage scalar = new ProtoMessage();
        ProtoMessage tensor =
                new ProtoMessage().number(1, STRINGS).message(2, scalar).text(8, markdown);
        ProtoMessage plugin = new ProtoMessage().message(1, new ProtoMessage().text(1, "text"));
        add(summary, tag, new ProtoMessage().message(TENSOR, tensor).message(METADATA, plugin));
    }

    private static void add(ProtoMessage summary, String tag, ProtoMessage value) {
        summary.message(1, value.text(1, tag));
    }
}
