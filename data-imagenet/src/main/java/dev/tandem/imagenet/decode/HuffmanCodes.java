package dev.tandem.imagenet.decode;

import java.util.Arrays;

/**
 * A Huffman table of a sequential JPEG, and the effect of each code: how many bits it takes together with the value
 * behind it and, times 256, by how many coefficients it goes on; 0 if no sound image has it.
 */
final class HuffmanCodes {
    /** By how many coefficients the end of a block goes on: more than are counted otherwise. */
    static final int END_OF_BLOCK = 128;

    /** Codes up to this length are looked up at once; nearly all are. */
    private static final int SHORT_BITS = 10;

    static final int LONGEST = 16;

    /** The effect of a code of up to {@value #SHORT_BITS} bits, by the bits that begin with it; 0 of longer ones. */
    private final int[] lookup = new int[1 << SHORT_BITS];

    boolean defined;

    private final boolean ofDc;
    private final int[] effects = new int[256];
    /** By length: the first code, and the place of its effect. */
    private final int[] firstCode = new int[LONGEST + 1];

    private final int[] firstPlace = new int[LONGEST + 2];

    HuffmanCodes(boolean ofDc) {
        this.ofDc = ofDc;
    }

    /** The bytes that the definition takes; -1 if it is none. */
    int define(byte[] bytes, int from, int end) {
        Arrays.fill(lookup, 0);
        int code = 0;
        int place = 0;
        for (int bits = 1; bits <= LONGEST; bits++) {
            code <<= 1;
            firstCode[bits] = code;
            firstPlace[bits] = place;
            int codes = bytes[from + bits - 1] & 0xFF;
            // The code of ones alone must stay free.
            if (code + codes >= 1 << bits && codes > 0
                    || place + codes > effects.length
                    || from + LONGEST + place + codes > end) {
                return -1;
            }
            for (int i = 0; i < codes; i++, code++, place++) {
                int effect = effect(bytes[from + LONGEST + place] & 0xFF, bits);
                effects[place] = effect;
                if (bits <= SHORT_BITS) {
                    int free = SHORT_BITS - bits;
                    Arrays.fill(lookup, code << free, (code + 1) << free, effect);
                }
            }
        }
        firstPlace[LONGEST + 1] = place;
        defined = true;
        return LONGEST + place;
    }

    private int effect(int symbol, int bits) {
        int size = symbol & 15;
        int zeros = symbol >> 4;
        if (ofDc) {
            return symbol > 11 ? 0 : 1 << 8 | bits + size;
        }
        if (size == 0) {
            int step = zeros == 0 ? END_OF_BLOCK : 16;
            return zeros == 0 || zeros == 15 ? step << 8 | bits : 0;
        }
        return size > 10 ? 0 : (zeros + 1) << 8 | bits + size;
    }

    /** The effect of the code by which {@code window} begins; 0 if there is no such code. */
    int effect(long window) {
        int effect = lookup[(int) (window >>> (Long.SIZE - SHORT_BITS))];
        return effect == 0 ? ofLong(window) : effect;
    }

    private int ofLong(long window) {
        for (int bits = SHORT_BITS + 1; bits <= LONGEST; bits++) {
            int place = firstPlace[bits] + (int) (window >>> (Long.SIZE - bits)) - firstCode[bits];
            if (place >= firstPlace[bits] && place < firstPlace[bits + 1]) {
                return effects[place];
            }
        }
        return 0;
    }
}
