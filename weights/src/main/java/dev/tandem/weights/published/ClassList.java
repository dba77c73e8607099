package dev.tandem.weights.published;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of the names of classes, by label: a line for each, of which only the wnid counts if it begins with one, as in
 * {@code synset_words.txt}; or JSON, a list of names or an object from labels to names or {@code [wnid, name]}, as with
 * torchvision and Keras.
 */
public final class ClassList {
    private static final int MOST_BYTES = 16 << 20;
    private static final Pattern WNID = Pattern.compile("(n\\d{8})(\\s.*)?");
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(8).build())
            .build());

    private ClassList() {}

    /**
     * Reads the names.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if the file is no list of two or more different names
     */
    public static List<String> read(Path file) {
        String text = text(file).strip();
        List<String> names = text.startsWith("[") || text.startsWith("{") ? ofJson(file, text) : ofLines(text);
        Set<String> distinct = new HashSet<>(names);
        if (names.size() < 2 || distinct.size() < names.size() || distinct.contains("")) {
            throw wrong(
                    file,
                    "no list of classes",
                    names.size() + " names, " + distinct.size() + " of them different",
                    "two or more different names");
        }
        return names;
    }

    /** The names of a JSON list of two or more different texts; empty for anything else. */
    static List<String> ofJson(String text) {
        try {
            List<String> names = new ArrayList<>();
            JSON.readTree(text).forEach(name -> names.add(name.asText()));
            Set<String> distinct = new HashSet<>(names);
            return names.size() < 2 || distinct.size() < names.size() || distinct.contains("") ? List.of() : names;
        } catch (JsonProcessingException e) {
            return List.of();
        }
    }

    private static List<String> ofLines(String text) {
        return text.lines().map(line -> name(line.strip())).toList();
    }

    private static String name(String line) {
        Matcher wnid = WNID.matcher(line);
        return wnid.matches() ? wnid.group(1) : line;
    }

    private static List<String> ofJson(Path file, String text) {
        try {
            JsonNode json = JSON.readTree(text);
            List<String> names = new ArrayList<>();
            for (int label = 0; label < json.size(); label++) {
                JsonNode one = json.isArray() ? json.get(label) : json.path(String.valueOf(label));
                JsonNode name = one.isArray() ? one.path(0) : one;
                if (!name.isTextual()) {
                    throw wrong(file, "no name for label " + label, one, "a text, or a list that begins with one");
                }
                names.add(name(name.textValue().strip()));
            }
            return names;
        } catch (JsonProcessingException e) {
            throw wrong(file, "it is no JSON", e.getOriginalMessage(), "a JSON list or object");
        }
    }

    private static String text(Path file) {
        if (!Files.isRegularFile(file)) {
            throw wrong(file, "no such file", Files.exists(file) ? "no plain file" : "nothing there", "a text file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw wrong(file, "it is too long", "more than " + MOST_BYTES + " bytes", MOST_BYTES + " at most");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw wrong(file, "it is no text", "bytes that are not UTF-8", "UTF-8");
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "read " + file,
                    e.getClass().getSimpleName() + ": " + e.getMessage(),
                    "See that you may read it",
                    e);
        }
    }

    private static TandemException wrong(Path file, String wrong, Object got, String expected) {
        return TandemException.of(
                ErrorCode.INVALID_DATA,
                "read " + file,
                wrong,
                EscapedText.visible(String.valueOf(got)),
                expected,
                "Write the name of a class in each line, in the order of the net's outputs");
    }
}
