package dev.tandem.weights.published;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Published files by their checksums. */
public final class KnownFiles {
    /** torchvision's names end with the beginning of the SHA-256 sum. */
    private static final Pattern NAMED = Pattern.compile(".*-([0-9a-f]{8})\\.pth");

    /** @param sum the beginning of the SHA-256 or SHA-1 sum, in hexadecimal digits */
    private record Known(String sum, String words) {}

    private static final List<Known> ALL = List.of(
            new Known("4df8aa71", "torchvision's alexnet-owt-4df8aa71.pth (56.5 % top-1, 79.1 % top-5 accuracy)"),
            new Known("7be5be79", "torchvision's alexnet-owt-7be5be79.pth (56.5 % top-1, 79.1 % top-5 accuracy)"),
            new Known(
                    "9116a64c0fbe4459d18f4bb6b56d647b63920377",
                    "Caffe's bvlc_alexnet.caffemodel (57.1 % top-1, 80.2 % top-5 accuracy)"),
            new Known(
                    "4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46",
                    "Caffe's bvlc_reference_caffenet.caffemodel (57.4 % top-1, 80.4 % top-5 accuracy)"));

    private KnownFiles() {}

    /** Which published file has these sums; empty if none that is known. */
    public static Optional<String> named(FileDigests sums) {
        return ALL.stream()
                .filter(known ->
                        sums.sha256().startsWith(known.sum) || sums.sha1().equals(known.sum))
                .map(Known::words)
                .findFirst();
    }

    /** A warning if the file's name promises another SHA-256 sum than it has. */
    public static Optional<String> warning(Path file, FileDigests sums) {
        Matcher name = NAMED.matcher(String.valueOf(file.getFileName()));
        return name.matches() && !sums.sha256().startsWith(name.group(1))
                ? Optional.of("The file is not the one that it is called after: its SHA-256 sum begins with "
                        + sums.sha256().substring(0, name.group(1).length()) + ", not with " + name.group(1)
                        + ". It is damaged, or was made otherwise")
                : Optional.empty();
    }
}
