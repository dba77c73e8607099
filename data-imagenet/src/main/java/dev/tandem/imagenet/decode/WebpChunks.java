package dev.tandem.imagenet.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The chunks of a WebP file (RFC 9649): its picture's own stream, of an animation the first frame's, is all that the
 * decoder sees, without alpha, profiles and metadata.
 */
final class WebpChunks {
    private static final int RIFF_HEADER = 12;
    private static final int CHUNK_HEADER = 8;
    private static final int FRAME_HEADER = 16;
    private static final int LOSSY = chunk("VP8 ");
    private static final int LOSSLESS = chunk("VP8L");
    private static final int FRAME = chunk("ANMF");
    private static final int EXIF = chunk("EXIF");
    private static final int SIDE_BITS = 0x3FFF;

    private final byte[] bytes;
    private final ByteBuffer fields;
    private int streamAt = -1;
    private int streamEnd;
    private int orientation = 1;

    private WebpChunks(byte[] bytes) {
        this.bytes = bytes;
        this.fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Checks a file that begins as a WebP does. */
    static VettedImage vet(byte[] bytes) throws BadImage {
        WebpChunks chunks = new WebpChunks(bytes);
        long end = CHUNK_HEADER + (chunks.fields.getInt(4) & 0xFFFFFFFFL);
        if (end > bytes.length) {
            throw truncated();
        }
        chunks.read(RIFF_HEADER, (int) end);
        return chunks.vet();
    }

    /** Reads the chunks from {@code from} to {@code end}. */
    private void read(int from, int end) throws BadImage {
        int at = from;
        while (at + CHUNK_HEADER <= end) {
            int type = fields.getInt(at);
            long length = fields.getInt(at + 4) & 0xFFFFFFFFL;
            if (length > end - at - CHUNK_HEADER) {
                throw truncated();
            }
            int start = at + CHUNK_HEADER;
            int behind = start + (int) length;
            if ((type == LOSSY || type == LOSSLESS) && streamAt < 0) {
                streamAt = at;
                streamEnd = behind;
            } else if (type == FRAME && streamAt < 0 && length > FRAME_HEADER) {
                readFrame(start + FRAME_HEADER, behind);
            } else if (type == EXIF) {
                orientation = Exif.orientation(bytes, start, behind);
            }
            at = behind + (int) (length & 1);
        }
    }

    /** Reads the picture's stream of an animation's frame, whose chunks hold no frames in turn. */
    private void readFrame(int from, int end) throws BadImage {
        int at = from;
        while (at + CHUNK_HEADER <= end && streamAt < 0) {
            int type = fields.getInt(at);
            long length = fields.getInt(at + 4) & 0xFFFFFFFFL;
            if (length > end - at - CHUNK_HEADER) {
                throw truncated();
            }
            if (type == LOSSY || type == LOSSLESS) {
                streamAt = at;
                streamEnd = at + CHUNK_HEADER + (int) length;
            }
            at += CHUNK_HEADER + (int) (length + (length & 1));
        }
    }

    private VettedImage vet() throws BadImage {
        if (streamAt < 0 || streamEnd - streamAt < CHUNK_HEADER + 10) {
            throw new BadImage("a damaged WebP, or one without an image");
        }
        int data = streamAt + CHUNK_HEADER;
        int width;
        int height;
        if (fields.getInt(streamAt) == LOSSY) {
            width = fields.getShort(data + 6) & SIDE_BITS;
            height = fields.getShort(data + 8) & SIDE_BITS;
        } else {
            int sides = fields.getInt(data + 1);
            width = 1 + (sides & SIDE_BITS);
            height = 1 + (sides >> 14 & SIDE_BITS);
        }
        int length = streamEnd - streamAt;
        int padded = length + (length & 1);
        ByteBuffer simple = ByteBuffer.allocate(RIFF_HEADER + padded).order(ByteOrder.LITTLE_ENDIAN);
        simple.putInt(chunk("RIFF")).putInt(4 + padded).putInt(chunk("WEBP")).put(bytes, streamAt, length);
        return new VettedImage(simple.array(), width, height, orientation);
    }

    private static BadImage truncated() {
        return new BadImage("a truncated WebP: a chunk is longer than the file");
    }

    /** The four letters of a chunk's type as they lie in the file. */
    private static int chunk(String type) {
        return type.charAt(0) | type.charAt(1) << 8 | type.charAt(2) << 16 | type.charAt(3) << 24;
    }
}
