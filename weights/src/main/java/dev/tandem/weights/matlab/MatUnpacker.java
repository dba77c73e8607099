package dev.tandem.weights.matlab;

import dev.tandem.weights.tensor.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Unpacks the packed variables of a MAT file into a temporary file, so that their numbers need no memory. */
final class MatUnpacker {
    private static final int BLOCK = 1 << 16;
    /** How much larger a file of weights may become, what is allowed beside that, and the most. */
    private static final int MOST_EXPANSION = 64;

    private static final int SMALL = 1 << 20;
    private static final long MOST = 1L << 32;

    private final InputFile file;
    private final long most;
    private final List<Part> unpacked = new ArrayList<>();
    private final ByteBuffer in = ByteBuffer.allocate(BLOCK);
    private final ByteBuffer out = ByteBuffer.allocate(BLOCK);
    private long written;

    /** A part of a file. */
    record Part(long start, long end) {}

    MatUnpacker(InputFile file) {
        this.file = file;
        this.most = Math.min(MOST, SMALL + MOST_EXPANSION * file.size());
    }

    /** A temporary file of {@code packed}, one behind the other. */
    InputFile unpack(List<Part> packed) {
        return file.unpacked(channel -> {
            for (Part part : packed) {
                long start = written;
                inflate(part, channel);
                unpacked.add(new Part(start, written));
            }
        });
    }

    /** Where each part is in the temporary file. */
    List<Part> unpacked() {
        return unpacked;
    }

    private void inflate(Part part, WritableByteChannel channel) throws IOException {
        Inflater inflater = new Inflater();
        try {
            long at = part.start;
            while (!inflater.finished()) {
                if (inflater.needsInput() && at < part.end) {
                    in.clear().limit((int) Math.min(BLOCK, part.end - at));
                    file.read(at, in);
                    at += in.position();
                    inflater.setInput(in.flip());
                }
                int count = inflater.inflate(out.array());
                if (count == 0 && (inflater.needsDictionary() || at == part.end && inflater.needsInput())) {
                    throw file.damaged("a packed variable", "an early end", "more of it");
                }
                written += count;
                if (written > most) {
                    throw file.damaged("its packed variables", "more than " + most + " bytes", most + " at most");
                }
                out.clear().limit(count);
                while (out.hasRemaining()) {
                    channel.write(out);
                }
            }
        } catch (DataFormatException e) {
            throw file.damaged("a packed variable", e.getMessage(), "deflated data");
        } finally {
            inflater.end();
        }
    }
}
