package dev.tandem.weights;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a file is that holds no weights in a known format, by its first bytes, and what can be done about it. */
final class UnknownFile {
    private static final String EXPECTED =
            "weights of PyTorch, safetensors, Caffe, NumPy, ONNX, MATLAB or Keras (HDF5)";
    private static final String UNPACK = "Unpack it, and name the file of weights in it";
    private static final int SHOWN = 8;

    /**
     * A kind of file.
     *
     * @param name what it is
     * @param begin matches its beginning, where every byte is a character
     * @param advice what to do
     */
    private record Kind(String name, Pattern begin, String advice) {
        Kind(String name, String begin, String advice) {
            this(name, Pattern.compile(begin, Pattern.DOTALL), advice);
        }
    }

    private static final List<Kind> KINDS = List.of(
            new Kind("an empty file", "", "Get it again: nothing of it has arrived"),
            new Kind(
                    "a pointer of Git LFS, which stands for the file",
                    "version https://git-lfs\\.github\\.com/spec.*",
                    "Get the file itself: git lfs pull in its repository, or its download link"),
            new Kind(
                    "a web page",
                    "(\\xEF\\xBB\\xBF)?\\s*(?i:<!doctype html|<html|<head).*",
                    "Open it in a browser: it may ask for a confirmation or a login before the download"),
            new Kind("an XML text", "(\\xEF\\xBB\\xBF)?\\s*<\\?xml.*", "Read it: it may tell why the download failed"),
            new Kind(
                    "the description of a net for Caffe (prototxt), which has no weights",
                    "\\s*(#[^\\n]*\\n\\s*)*(name\\s*:|layers?\\s*\\{|input\\s*:).*",
                    "Name the .caffemodel file instead"),
            new Kind("a JSON text", "\\s*\\{\\s*\".*", "Read it: it may tell why the download failed"),
            new Kind("a gzip archive", "\\x1F\\x8B.*", UNPACK),
            new Kind("a zip archive", "PK.*", UNPACK),
            new Kind("a bzip2 archive", "BZh.*", UNPACK),
            new Kind("an xz archive", "\\xFD7zXZ.*", UNPACK),
            new Kind("a 7-Zip archive", "7z\\xBC\\xAF.*", UNPACK),
            new Kind("a tar archive", ".{257}ustar.*", UNPACK),
            new Kind("a JPEG image", "\\xFF\\xD8\\xFF.*", "Name the file of weights"),
            new Kind("a PNG image", "\\x89PNG.*", "Name the file of weights"),
            new Kind(
                    "a pickle in text, such as a checkpoint of cuda-convnet",
                    "(\\(dp?\\d*\\n|\\(lp?\\d*\\n|c[a-z_.]+\\n).*",
                    "Load it in Python and save its arrays by name: numpy.savez('weights.npz', ...)"),
            new Kind(
                    "a TensorFlow checkpoint or table",
                    ".*\\x57\\xFB\\x80\\x8B\\x24\\x75\\x47\\xDB.*",
                    "Load it in Python and save its arrays by name: numpy.savez('weights.npz', ...)"));

    private UnknownFile() {}

    static TandemException error(Path file, byte[] first) {
        String begin = new String(first, StandardCharsets.ISO_8859_1);
        return KINDS.stream()
                .filter(kind -> kind.begin.matcher(begin).matches())
                .findFirst()
                .map(kind -> error(file, kind.name, kind.advice))
                .orElseGet(() -> error(
                        file,
                        isText(first) ? "a text" : "bytes that begin with " + hexadecimal(first),
                        "Name a file of weights as it was downloaded or saved"));
    }

    private static TandemException error(Path file, String got, String advice) {
        return TandemException.of(
                ErrorCode.INVALID_CHECKPOINT, "read " + file, "it holds no weights", got, EXPECTED, advice);
    }

    private static boolean isText(byte[] first) {
        for (byte one : first) {
            if (one >= 0 && one < ' ' && one != '\n' && one != '\r' && one != '\t') {
                return false;
            }
        }
        return true;
    }

    private static String hexadecimal(byte[] first) {
        StringBuilder digits = new StringBuilder();
        for (byte one : Arrays.copyOf(first, Math.min(SHOWN, first.length))) {
            digits.append(digits.isEmpty() ? "" : " ").append(String.format(Locale.ROOT, "%02x", one));
        }
        return digits.toString();
    }
}
