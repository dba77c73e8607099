package dev.tandem.nn.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link ModelDescription} is written: as JSON, without what images are measured by. In a checkpoint these are the
 * tensors {@code preprocessing/mean_image (C, S, S)}, {@code preprocessing/channel_means (C)} and {@code
 * preprocessing/covariance (C, C)}, the latter two in double precision.
 */
public final class DescriptionFormat {
    /** Raised when a reader of the older format would misunderstand the newer one. */
    static final int VERSION = 3;

    /** The name of the mean image, if it is a tensor in a file. */
    public static final String MEAN_IMAGE = "preprocessing/mean_image";

    /** The version that knew one way to resize an image. */
    private static final int BEFORE_RESIZE = 1;

    /** The version that knew one way to decode an image. */
    private static final int BEFORE_SCALED = 2;

    private static final String CHANNEL_MEANS = "preprocessing/channel_means";
    private static final String COVARIANCE = "preprocessing/covariance";
    private static final ObjectMapper JSON = new ObjectMapper()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private DescriptionFormat() {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Written(
            int version, String recipe, Map<String, Integer> settings, List<String> ablations, Images preprocessing) {}

    /** {@code channels} are the input's; {@code images} counts those that the statistics are of. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Images(
            int imageSize,
            int cropSize,
            int channels,
            Preprocessing.Pixels pixels,
            Orientation orientation,
            long maximumPixels,
            long images,
            Preprocessing.@Nullable Resize resize,
            @Nullable Boolean scaled) {
        Images {
            resize = resize == null ? Preprocessing.Resize.SHORTER_SIDE : resize; // as before there was a choice
        }

        static Images of(ImageInput input) {
            return new Images(
                    input.preprocessing().imageSize(),
                    input.preprocessing().cropSize(),
                    input.preprocessing().channels(),
                    input.preprocessing().pixels(),
                    input.upright() ? Orientation.APPLY : Orientation.IGNORE,
                    input.maximumPixels(),
                    input.statistics().images(),
                    input.preprocessing().resize(),
                    input.scaled() ? true : null); // absent as before there was a choice
        }
    }

    /** Where a reader finds what images are measured by. */
    @FunctionalInterface
    public interface Statistics {
        /**
         * The statistics.
         *
         * @param imageSize the side S of the mean image, in range
         * @param images how many images they are of
         */
        PixelStatistics read(int imageSize, long images);
    }

    /** What is done about EXIF's orientation. */
    private enum Orientation {
        APPLY,
        IGNORE
    }

    private static int version(ModelDescription description) {
        if (description.input().filter(ImageInput::scaled).isPresent()) {
            return VERSION;
        }
        return description
                        .input()
                        .filter(input -> input.preprocessing().resize() != Preprocessing.Resize.SHORTER_SIDE)
                        .isPresent()
                ? BEFORE_SCALED
                : BEFORE_RESIZE;
    }

    /** A description as JSON, without its statistics. */
    public static String toJson(ModelDescription description) {
        try {
            return JSON.writeValueAsString(new Written(
                    version(description),
                    description.recipe(),
                    description.settings(),
                    description.ablations(),
                    description.input().map(Images::of).orElse(null)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a description is plain records", e);
        }
    }

    /** The tensors of a description; those of double precision first, so that all lie at multiples of their size. */
    static List<Safetensors.Entry> tensors(ModelDescription description) {
        if (description.input().isEmpty()) {
            return List.of();
        }
        PixelStatistics statistics = description.input().get().statistics();
        int channels = statistics.channels();
        int side = statistics.imageSize();
        return List.of(
                Safetensors.Entry.ofDoubles(CHANNEL_MEANS, Shape.of(channels), statistics::channelMeans),
                Safetensors.Entry.ofDoubles(COVARIANCE, Shape.of(channels, channels), statistics::covariance),
                new Safetensors.Entry(MEAN_IMAGE, Shape.of(channels, side, side), statistics::meanImage));
    }

    /** The description that {@link #toJson} and {@link #tensors} wrote. */
    static ModelDescription read(String text, Safetensors tensors) throws JsonProcessingException {
        return read(text, (side, images) -> statistics(side, images, tensors));
    }

    /**
     * The description that {@link #toJson} wrote.
     *
     * @param statistics is asked if there are any
     * @throws JsonProcessingException if it is no such JSON
     * @throws TandemException if something in it is missing or out of range
     */
    public static ModelDescription read(String text, Statistics statistics) throws JsonProcessingException {
        Written written = JSON.readValue(text, Written.class);
        if (written == null || written.version() < 1 || written.version() > VERSION) {
            throw unreadable(
                    "unknown version",
                    written == null ? null : written.version(),
                    "1 to " + VERSION,
                    "If a newer Tandem wrote it, use that");
        }
        boolean complete = written.recipe() != null
                && written.settings() != null
                && written.settings().values().stream().noneMatch(Objects::isNull)
                && written.ablations() != null
                && written.ablations().stream().noneMatch(Objects::isNull);
        if (!complete) {
            throw unreadable("something is missing", text, "recipe, settings and ablations", "");
        }
        return new ModelDescription(
                written.recipe(),
                written.settings(),
                written.ablations(),
                Optional.ofNullable(written.preprocessing()).map(images -> input(images, statistics)));
    }

    private static ImageInput input(Images images, Statistics statistics) {
        int side = images.imageSize();
        if (side < 1 || side > PixelStatistics.MOST_SIDE || images.pixels() == null || images.orientation() == null) {
            throw unreadable(
                    "preprocessing is incomplete or out of range",
                    images,
                    "a side of 1 to " + PixelStatistics.MOST_SIDE + ", no null",
                    "");
        }
        return new ImageInput(
                new Preprocessing(side, images.cropSize(), images.pixels(), images.channels(), images.resize()),
                statistics.read(side, images.images()),
                images.orientation() == Orientation.APPLY,
                images.maximumPixels(),
                Boolean.TRUE.equals(images.scaled()));
    }

    private static PixelStatistics statistics(int side, long images, Safetensors tensors) {
        Shape means = tensors.shapes().get(CHANNEL_MEANS);
        if (means == null || means.rank() != 1 || means.dim(0) > PixelStatistics.MOST_CHANNELS) {
            throw unreadable(
                    "preprocessing is incomplete or out of range",
                    "means of shape " + means,
                    "means of 1 to " + PixelStatistics.MOST_CHANNELS + " channels",
                    "");
        }
        int channels = means.dim(0);
        return new PixelStatistics(
                side,
                images,
                tensors.read(MEAN_IMAGE, Shape.of(channels, side, side)),
                tensors.readDoubles(CHANNEL_MEANS, Shape.of(channels)),
                tensors.readDoubles(COVARIANCE, Shape.of(channels, channels)));
    }

    private static TandemException unreadable(String wrong, Object got, String expected, String advice) {
        return TandemException.argument("description", wrong, got, expected, advice);
    }
}
