package dev.tandem.cli.console;

import dev.tandem.imagenet.layout.EscapedText;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Standard output or error. What {@link #println(String)} gets stays one line, whatever names of files and classes
 * are in it: control characters, and letters that the encoding lacks, are printed as escapes, which JSON reads as
 * what they stand for. An indented line may follow a line.
 */
public final class TextOutput extends PrintWriter {
    private static final String CONTINUED = "\n  ";

    private final Bytes bytes;
    private final Charset charset;

    /** Remembers what the first writing that failed died of; a print writer only remembers that one did. */
    private static final class Bytes extends FilterOutputStream {
        private volatile IOException failure;

        Bytes(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] data, int offset, int length) throws IOException {
            try {
                out.write(data, offset, length);
            } catch (IOException e) {
                failure = failure == null ? e : failure;
                throw e;
            }
        }
    }

    private TextOutput(Bytes bytes, Charset charset) {
        super(bytes, true, charset);
        this.bytes = bytes;
        this.charset = charset;
    }

    TextOutput(OutputStream out, Charset charset) {
        this(new Bytes(out), charset);
    }

    /** The process's output whose encoding Java may tell by {@code property}. */
    public static TextOutput of(FileOutputStream out, String property) {
        return new TextOutput(out, encoding(property));
    }

    /** The encoding of {@code property} if Java tells it, else that of the locale. */
    static Charset encoding(String property) {
        return Stream.of(property, "native.encoding")
                .map(System::getProperty)
                .filter(Objects::nonNull)
                .map(Charset::forName)
                .findFirst()
                .orElse(Charset.defaultCharset());
    }

    /** Why not all that was printed was written; empty if it was. */
    public Optional<IOException> failure() {
        flush();
        return Optional.ofNullable(bytes.failure);
    }

    @Override
    public void println(String text) {
        super.println(line(String.valueOf(text), charset));
    }

    /** {@code text} as a line, and the indented ones after it. */
    static String line(String text, Charset charset) {
        CharsetEncoder encoder = charset.newEncoder();
        return Arrays.stream(text.split(CONTINUED, -1))
                .map(EscapedText::visible)
                .map(visible -> encoder.canEncode(visible) ? visible : encodable(visible, encoder))
                .collect(Collectors.joining(CONTINUED));
    }

    private static String encodable(String text, CharsetEncoder encoder) {
        return text.chars()
                .mapToObj(c -> encoder.canEncode((char) c) ? String.valueOf((char) c) : EscapedText.unicode((char) c))
                .collect(Collectors.joining());
    }
}
