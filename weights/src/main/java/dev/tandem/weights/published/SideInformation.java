package dev.tandem.weights.published;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.nn.checkpoint.DescriptionFormat;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an exported file holds beside its weights, so that it can be imported as the model that it was: JSON under
 * {@value #KEY}, in each format at the place for such things. Statistics of channels are in the JSON. A mean image is
 * there only if pixels are compared with it ({@link Pixels#MEAN_IMAGE}): in formats of named tensors as the tensor
 * {@link DescriptionFormat#MEAN_IMAGE}, in others in the JSON, too.
 *
 * @param description what the model is
 * @param classNames the classes, by label
 */
public record SideInformation(ModelDescription description, List<String> classNames) {
    /** The key of the JSON in a file's metadata. */
    public static final String KEY = "tandem.export";

    private static final String MODEL = "model";
    private static final String CLASSES = "classes";
    private static final String CHANNEL_MEANS = "channelMeans";
    private static final String COVARIANCE = "covariance";
    /** The elements in little-endian single precision, base64. */
    private static final String MEAN_IMAGE = "meanImage";

    private static final int LONGEST_TEXT = 512 << 20;
    /** The most that is taken for a mean image that is not in the file, unless the file is larger. */
    private static final long UNSTORED_BYTES = 16 << 20;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(16)
                    .maxStringLength(LONGEST_TEXT)
                    .build())
            .streamWriteConstraints(
                    StreamWriteConstraints.builder().maxNestingDepth(16).build())
            .build());

    public SideInformation {
        classNames = List.copyOf(classNames);
    }

    /** Where the mean image of a file is, whose JSON does not have it. */
    @FunctionalInterface
    public interface MeanImage {
        /** Its elements, row-major; null if the file has none. */
        float @Nullable [] read(Shape shape);
    }

    /** What has to be written beside the weights of {@code model}. */
    public static SideInformation of(PretrainedModel model) {
        return new SideInformation(model.description(), model.classNames());
    }

    /** The mean image {@code (C, S, S)} if pixels are compared with it. */
    public Optional<PixelStatistics> meanImage() {
        return description
                .input()
                .filter(input -> input.preprocessing().pixels() == Pixels.MEAN_IMAGE)
                .map(ImageInput::statistics);
    }

    /** As JSON, for a format that has the mean image as a tensor. */
    public String toJson() {
        return json().toString();
    }

    /** As JSON, the mean image included. */
    public String toJsonWithMeanImage() {
        ObjectNode json = json();
        meanImage().ifPresent(statistics -> json.put(MEAN_IMAGE, base64(statistics.meanImage())));
        return json.toString();
    }

    private ObjectNode json() {
        ObjectNode json = JSON.createObjectNode();
        try {
            json.set(MODEL, JSON.readTree(DescriptionFormat.toJson(description)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a description is JSON", e);
        }
        classNames.forEach(json.putArray(CLASSES)::add);
        description.input().map(ImageInput::statistics).ifPresent(statistics -> {
            Arrays.stream(statistics.channelMeans()).forEach(json.putArray(CHANNEL_MEANS)::add);
            Arrays.stream(statistics.covariance()).forEach(json.putArray(COVARIANCE)::add);
        });
        return json;
    }

    private static String base64(float[] elements) {
        ByteBuffer bytes = ByteBuffer.allocate(elements.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(elements);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    /**
     * What {@link #toJson} or {@link #toJsonWithMeanImage} wrote. A mean image that is not needed has the mean of its
     * channel everywhere.
     *
     * @param file for errors
     * @param meanImage is asked if it is needed and not in the JSON
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if something is missing, damaged or out of range
     */
    public static SideInformation read(Path file, String text, MeanImage meanImage) {
        try {
            JsonNode json = JSON.readTree(text);
            List<String> classes = new ArrayList<>();
            for (JsonNode name : json.path(CLASSES)) {
                classes.add(name.asText());
            }
            Set<String> distinct = new HashSet<>(classes);
            if (classes.size() < 2 || distinct.size() < classes.size() || distinct.contains("")) {
                throw wrong(
                        "names of classes",
                        classes.size() + " names, " + distinct.size() + " of them different",
                        "two or more different names");
            }
            boolean compared = json.path(MODEL)
                    .path("preprocessing")
                    .path("pixels")
                    .asText()
                    .equals(Pixels.MEAN_IMAGE.name());
            ModelDescription description = DescriptionFormat.read(
                    json.path(MODEL).toString(),
                    (side, images) -> statistics(json, side, images, compared ? meanImage : unstored(file, json)));
            return new SideInformation(description, classes);
        } catch (JsonProcessingException e) {
            throw damaged(file, e.getOriginalMessage(), e);
        } catch (TandemException e) {
            throw e.code() == ErrorCode.INVALID_CHECKPOINT ? e : damaged(file, e.getMessage(), e);
        }
    }

    private static PixelStatistics statistics(JsonNode json, int side, long images, MeanImage meanImage) {
        double[] means = numbers(json, CHANNEL_MEANS);
        double[] covariance = numbers(json, COVARIANCE);
        if (means.length < 1 || means.length > PixelStatistics.MOST_CHANNELS) {
            throw wrong("number of channels", means.length, "1 to " + PixelStatistics.MOST_CHANNELS);
        }
        Shape shape = Shape.of(means.length, side, side);
        String encoded = json.path(MEAN_IMAGE).asText();
        float[] elements = encoded.isEmpty() ? meanImage.read(shape) : decoded(encoded);
        if (elements == null || elements.length != shape.elements()) {
            throw wrong(
                    "mean image",
                    elements == null ? "none" : elements.length + " elements",
                    shape.elements() + " elements");
        }
        return new PixelStatistics(side, images, elements, means, covariance);
    }

    private static float[] decoded(String encoded) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(encoded));
            float[] elements = new float[bytes.remaining() / Float.BYTES];
            bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(elements);
            return elements;
        } catch (IllegalArgumentException e) {
            throw wrong("mean image", e.getMessage(), "base64");
        }
    }

    /** The mean of its channel at every place, for a file that has no mean image because none is needed. */
    private static MeanImage unstored(Path file, JsonNode json) {
        return shape -> {
            long bytes = shape.elements() * Float.BYTES;
            if (bytes > Math.max(UNSTORED_BYTES, sizeOf(file))) {
                throw wrong("size of images", shape, "one that a file of this size may have");
            }
            double[] means = numbers(json, CHANNEL_MEANS);
            float[] image = new float[shape.arrayLength()];
            int pixels = image.length / means.length;
            for (int channel = 0; channel < means.length; channel++) {
                Arrays.fill(image, channel * pixels, (channel + 1) * pixels, (float) means[channel]);
            }
            return image;
        };
    }

    /** The bytes of a file; 0 if it cannot be found out. */
    static long sizeOf(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private static double[] numbers(JsonNode json, String key) {
        JsonNode array = json.path(key);
        double[] numbers =
                new double[Math.min(array.size(), PixelStatistics.MOST_CHANNELS * PixelStatistics.MOST_CHANNELS)];
        for (int i = 0; i < numbers.length; i++) {
            if (!array.get(i).isNumber()) {
                throw wrong(key, array.get(i), "numbers");
            }
            numbers[i] = array.get(i).doubleValue();
        }
        return numbers;
    }

    private static TandemException wrong(String what, Object got, String expected) {
        return TandemException.argument("preprocessing", what, got, expected, "");
    }

    private static TandemException damaged(Path file, String wrong, Exception cause) {
        return TandemException.failure(
                ErrorCode.INVALID_CHECKPOINT,
                "read " + file,
                "what it says of its model is unreadable: " + wrong,
                "Export the model again",
                cause);
    }
}
