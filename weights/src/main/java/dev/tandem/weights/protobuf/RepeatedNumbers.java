package dev.tandem.weights.protobuf;

import dev.tandem.weights.tensor.FileElements;
import dev.tandem.weights.tensor.NumberType;
import dev.tandem.weights.tensor.StoredTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The numbers of a repeated field, which may be packed, each in a field of its own, or in several parts. {@link #add}
 * counts them while their message is read for the first time.
 */
public final class RepeatedNumbers {
    private static final int PART = 1 << 14;

    private final Message message;
    private final int field;
    private final WireType wire;
    private long count;
    private long parts;
    private long firstFrom;

    /**
     * None yet.
     *
     * @param message that has the field
     * @param field its number
     * @param wire how each number is written: anything but {@link WireType#LENGTH}
     */
    public RepeatedNumbers(Message message, int field, WireType wire) {
        this.message = message;
        this.field = field;
        this.wire = wire;
    }

    /** How many there are. */
    public long count() {
        return count;
    }

    /** Counts those of the field that the message is at. */
    public void add() {
        if (parts++ == 0) {
            firstFrom = message.type() == WireType.LENGTH ? message.bytesFrom() : -1;
        }
        if (message.type() == wire) {
            count++;
        } else if (wire == WireType.VARINT) {
            for (Message packed = message.packed(); packed.hasMore(); packed.nextBits(wire)) {
                count++;
            }
        } else {
            int each = wire == WireType.FIXED32 ? Integer.BYTES : Long.BYTES;
            long bytes = message.bytesLength();
            if (bytes % each != 0) {
                throw message.damaged("packed numbers", bytes + " bytes", each + " bytes for each number");
            }
            count += bytes / each;
        }
    }

    /**
     * The numbers, to be read whenever they are needed.
     *
     * @param type what their bits mean; of a varint, the lowest
     */
    public StoredTensor.Elements elements(NumberType type) {
        if (parts == 1 && firstFrom >= 0 && wire != WireType.VARINT) {
            return new FileElements(message.file(), type, ByteOrder.LITTLE_ENDIAN, firstFrom, count);
        }
        return new Walk(type);
    }

    /** Goes over the message once more. */
    private final class Walk implements StoredTensor.Elements {
        private final NumberType type;

        private Walk(NumberType type) {
            this.type = type;
        }

        @Override
        public void forEachPart(StoredTensor.Part part) {
            ByteBuffer bits = ByteBuffer.allocate(PART * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            float[] values = new float[PART];
            long left = count;
            for (Message again = message.again(); again.next(); ) {
                if (again.field() != field) {
                    continue;
                }
                Message packed = again.type() == wire ? null : again.packed();
                while (packed == null || packed.hasMore()) {
                    put(bits, packed == null ? again.bits() : packed.nextBits(wire));
                    if (!bits.hasRemaining()) {
                        left = hand(bits, values, left, part);
                    }
                    if (packed == null) {
                        break;
                    }
                }
            }
            if (hand(bits, values, left, part) != 0) {
                throw changed();
            }
        }

        private long hand(ByteBuffer bits, float[] values, long left, StoredTensor.Part part) {
            int now = bits.position() / type.bytes();
            if (now > left) {
                throw changed();
            }
            type.next(bits.flip(), values, now);
            bits.clear();
            part.take(values, now);
            return left - now;
        }

        private RuntimeException changed() {
            return message.damaged("it changed while it was being read", "other numbers", count + " numbers");
        }

        private void put(ByteBuffer bits, long number) {
            switch (type.bytes()) {
                case Byte.BYTES -> bits.put((byte) number);
                case Short.BYTES -> bits.putShort((short) number);
                case Integer.BYTES -> bits.putInt((int) number);
                default -> bits.putLong(number);
            }
        }
    }
}
