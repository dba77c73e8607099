package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The decoded images of a set: kept in memory while there is room, decoded again otherwise. Safe for any threads. */
public final class DecodedSquares {
    private final ImageFiles files;
    private final Squaring squaring;
    private final AtomicLong room;
    private final AtomicReferenceArray<byte[]> kept;

    /**
     * Nothing decoded yet.
     *
     * @param squaring how the squares are made
     * @param room the number of bytes that may still be kept, shared with other sets
     */
    public DecodedSquares(ImageFiles files, Squaring squaring, AtomicLong room) {
        this.files = files;
        this.squaring = squaring;
        this.room = room;
        this.kept = new AtomicReferenceArray<>(files.size());
    }

    public ImageFiles files() {
        return files;
    }

    public int size() {
        return files.size();
    }

    private int squareBytes() {
        return squaring.bytes();
    }

    /**
     * Decodes image {@code index} from its {@code encoded} bytes and keeps it if there is room. The pixels are not to
     * be changed, and valid until the decoder's next image.
     */
    SquareDecoder.Square decode(int index, byte[] encoded, SquareDecoder decoder) throws BadImage {
        int bytes = squareBytes();
        boolean keep = room.addAndGet(-bytes) >= 0;
        boolean kept = false;
        try {
            SquareDecoder.Square square = decoder.decode(encoded, files.isPacked(), keep ? new byte[bytes] : null);
            kept = keep && this.kept.compareAndSet(index, null, square.pixels());
            return square;
        } catch (OutOfMemoryError e) {
            throw NotEnoughMemory.forImage(files.place(index), e);
        } finally {
            if (!kept) {
                room.addAndGet(bytes);
            }
        }
    }

    /**
     * Image {@code index} as {@code (3, side, side)} bytes. Not to be changed; valid until the decoder's next image.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when the file has become unusable since the set was
     *     opened
     */
    public byte[] get(int index, SquareDecoder decoder) {
        byte[] square = kept.get(index);
        if (square != null) {
            return square;
        }
        try {
            return decode(index, files.read(index), decoder).pixels();
        } catch (BadImage e) {
            throw unusable(files, index, e);
        }
    }

    /**
     * Writes a crop of image {@code index} to {@code out} from {@code at} on; one that need not be kept is cut out of
     * what was decoded, without becoming a square.
     *
     * @throws TandemException as {@link #get}
     */
    void writeCrop(int index, SquareDecoder decoder, CropWriter crops, Crop crop, float[] out, int at) {
        if (!files.isPacked() || kept.get(index) != null || room.get() >= squareBytes()) {
            crops.write(get(index, decoder), crop, out, at);
            return;
        }
        try {
            decoder.cropPacked(files.read(index), crops, crop, out, at);
        } catch (OutOfMemoryError e) {
            throw NotEnoughMemory.forImage(files.place(index), e);
        } catch (BadImage e) {
            throw unusable(files, index, e);
        }
    }

    /** The error of an image that was usable when its set was opened. */
    public static TandemException unusable(ImageFiles files, int index, BadImage e) {
        return TandemException.failure(
                ErrorCode.INVALID_DATA,
                "loading",
                files.place(index) + " is no longer usable: " + e.getMessage(),
                "Restore the file, or start again with the folder as it is now",
                e);
    }

    /** The same without the images whose index is in {@code left}. */
    DecodedSquares without(BitSet left) {
        DecodedSquares rest = new DecodedSquares(files.without(left), squaring, room);
        for (int to = 0, from = left.nextClearBit(0); to < rest.size(); to++, from = left.nextClearBit(from + 1)) {
            rest.kept.set(to, kept.get(from));
        }
        return rest;
    }
}
