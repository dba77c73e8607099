package dev.tandem.nn.data;

import static dev.tandem.nn.data.Views.Place.CENTRED;
import static dev.tandem.nn.data.Views.Place.FIRST;
import static dev.tandem.nn.data.Views.Place.LAST;

import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.stream.Stream;

/** Which crops of an image are evaluated; a prediction is the mean of their softmax outputs (paper, section 4.1). */
public enum Views {
    /** The centre crop. */
    CENTRE(new View(CENTRED, CENTRED, false)),
    /**
     * The first, the centred and the last crop in both directions, row by row, without reflections: the test of the
     * authors' nets for CIFAR-10.
     */
    NINE(
            new View(FIRST, FIRST, false),
            new View(FIRST, CENTRED, false),
            new View(FIRST, LAST, false),
            new View(CENTRED, FIRST, false),
            new View(CENTRED, CENTRED, false),
            new View(CENTRED, LAST, false),
            new View(LAST, FIRST, false),
            new View(LAST, CENTRED, false),
            new View(LAST, LAST, false)),
    /** The corners top left, top right, bottom left, bottom right, and the centre, then the reflections of these five. */
    TEN(
            new View(FIRST, FIRST, false),
            new View(FIRST, LAST, false),
            new View(LAST, FIRST, false),
            new View(LAST, LAST, false),
            new View(CENTRED, CENTRED, false),
            new View(FIRST, FIRST, true),
            new View(FIRST, LAST, true),
            new View(LAST, FIRST, true),
            new View(LAST, LAST, true),
            new View(CENTRED, CENTRED, true));

    /** Where a crop lies along one side of an image's square. */
    public enum Place {
        /** At the top or left edge. */
        FIRST,
        /** In the centre, as {@link Preprocessing} says. */
        CENTRED,
        /** At the bottom or right edge. */
        LAST
    }

    /**
     * One crop of an image.
     *
     * @param vertical where it lies from top to bottom
     * @param horizontal where it lies from left to right
     * @param reflected whether it is mirrored left to right
     */
    public record View(Place vertical, Place horizontal, boolean reflected) {}

    private final List<View> all;

    Views(View... all) {
        this.all = List.of(all);
    }

    /**
     * The views that are this many.
     *
     * @param setting what asks for them, for the error
     * @param count 1, 9 or 10, as text
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if there are none
     */
    public static Views of(String setting, String count) {
        return Stream.of(values())
                .filter(views -> Integer.toString(views.count()).equals(count))
                .findFirst()
                .orElseThrow(() -> TandemException.argument(setting, "no such set of crops", count, "1, 9 or 10", ""));
    }

    /** The views in the order of the rows of a batch. */
    public List<View> all() {
        return all;
    }

    /** Crops per image. */
    public int count() {
        return all.size();
    }
}
