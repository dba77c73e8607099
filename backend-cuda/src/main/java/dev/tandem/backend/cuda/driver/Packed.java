package dev.tandem.backend.cuda.driver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A struct that a kernel takes by value, member by member. Members of 64 bits must be at offsets divisible by 8. */
public final class Packed {
    // The largest struct of the kernels is smaller.
    private static final int CAPACITY = 256;

    private final ByteBuffer members = ByteBuffer.allocate(CAPACITY).order(ByteOrder.nativeOrder());

    public Packed integers(int... values) {
        for (int value : values) {
            members.putInt(value);
        }
        return this;
    }

    public Packed wides(long... values) {
        for (long value : values) {
            members.putLong(value);
        }
        return this;
    }

    public Packed reals(double... values) {
        for (double value : values) {
            members.putFloat((float) value);
        }
        return this;
    }

    /**
     * A {@code Divisor} of the kernels: with {@code log} the base-2 logarithm of the value, rounded up, the multiplier
     * {@code ceil(2^(31 + log) / value)} and the shift {@code log}, exact for dividends below 2^31 (Granlund and
     * Montgomery, PLDI 1994).
     */
    public Packed divisors(int... values) {
        for (int value : values) {
            int log = 32 - Integer.numberOfLeadingZeros(value - 1);
            long multiplier = ((1L << 31 + log) + value - 1) / value;
            integers(value, (int) multiplier, log);
        }
        return this;
    }

    public int bytes() {
        return members.position();
    }

    /** Copies the members to {@code to} from {@code offset} on. */
    public void copy(byte[] to, int offset) {
        System.arraycopy(members.array(), 0, to, offset, members.position());
    }
}
