package dev.tandem.imagenet.load;

import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.layout.ImageFiles;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Pictures that are in two sets, with the same bytes: an error measured on them is too low. */
public final class Twins {
    private Twins() {}

    /**
     * A line that counts the images of {@code validation} that are in {@code training} too, with an example; absent if
     * there are none.
     *
     * @param trained checksums of the training files' bytes, 0 for those to be left out, as {@code validated}
     */
    public static Optional<String> between(
            ImageFiles training, long[] trained, ImageFiles validation, long[] validated) {
        long[] wanted =
                Arrays.stream(validated).filter(sum -> sum != 0).sorted().toArray();
        Map<Long, Integer> seen = new HashMap<>();
        for (int i = 0; i < trained.length; i++) {
            if (trained[i] != 0 && Arrays.binarySearch(wanted, trained[i]) >= 0) {
                seen.putIfAbsent(trained[i], i);
            }
        }
        int count = 0;
        int example = -1;
        for (int i = 0; i < validated.length; i++) {
            if (validated[i] != 0 && seen.containsKey(validated[i])) {
                count++;
                example = example < 0 ? i : example;
            }
        }
        if (count == 0) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "%,d of %,d pictures to validate on %s trained on too, such as %s and %s: the error measured on %s is"
                        + " too low",
                count,
                validated.length,
                count == 1 ? "is" : "are",
                EscapedText.visible(validation.name(example)),
                EscapedText.visible(training.name(seen.get(validated[example]))),
                count == 1 ? "it" : "them"));
    }
}
