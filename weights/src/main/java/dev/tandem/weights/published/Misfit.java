package dev.tandem.weights.published;

import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;

/** Errors of files whose tensors are not those of a net that a recipe makes. */
final class Misfit {
    private Misfit() {}

    /** What comes from the file is escaped, so that it can be printed. */
    static TandemException of(Path file, String wrong, Object got, Object expected, String advice) {
        return TandemException.of(
                ErrorCode.INVALID_CHECKPOINT,
                "import " + file,
                EscapedText.visible(wrong),
                EscapedText.visible(String.valueOf(got)),
                expected,
                advice);
    }
}
