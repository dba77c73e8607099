package dev.tandem.imagenet.decode;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Proves the usual JPEG sound: sequential, Huffman-coded, in one scan, of sampling that all decoders treat alike. Its
 * coded data are followed code by code to the end, without making pixels. A decoder that repairs damage silently then
 * has nothing to repair. What is not proven may be sound all the same. Values beyond what a JPEG can mean are not looked
 * for: libjpeg-turbo saturates them, and the libjpeg within some JDKs wraps them. For one thread.
 */
final class BaselineScan {
    private static final int COEFFICIENTS = 64;
    /** More than a block of the longest codes takes: what runs over the end stays within the array. */
    private static final int MARGIN = 256;

    private final HuffmanCodes[] dc = new HuffmanCodes[4];
    private final HuffmanCodes[] ac = new HuffmanCodes[4];
    /** The tables of each block of a unit (MCU), in its order. */
    private final HuffmanCodes[] unitDc = new HuffmanCodes[10];

    private final HuffmanCodes[] unitAc = new HuffmanCodes[10];
    private int blocks;
    private int units;
    private int restartInterval;
    private int frame;

    /** The coded data up to a marker, without the zeros behind their bytes 0xFF. */
    private byte[] data = new byte[1 << 16];

    private int length;

    BaselineScan() {
        for (int i = 0; i < dc.length; i++) {
            dc[i] = new HuffmanCodes(true);
            ac[i] = new HuffmanCodes(false);
        }
    }

    /** Whether {@code bytes} are proven to be whole and undamaged. */
    boolean isSound(byte[] bytes) {
        frame = 0;
        restartInterval = 0;
        for (int i = 0; i < dc.length; i++) {
            dc[i].defined = false;
            ac[i].defined = false;
        }
        int at = 2;
        while (at + 4 <= bytes.length && bytes[at] == (byte) 0xFF) {
            int marker = bytes[at + 1] & 0xFF;
            int from = at + 4;
            int end = at + 2 + unsigned16(bytes, at + 2);
            if (end < from || end > bytes.length) {
                return false;
            }
            boolean known =
                    switch (marker) {
                        case 0xC0, 0xC1 -> isFrame(bytes, from, end);
                        case 0xC4 -> define(bytes, from, end);
                        case 0xDD -> isRestartInterval(bytes, from, end);
                        case 0xDA -> isWholeScan(bytes, from, end);
                        case 0xE0 -> isUsualJfif(bytes, from, end);
                        case 0xEE -> isUsualAdobe(bytes, from, end);
                        default -> marker == 0xDB || marker == 0xFE || marker >= 0xE0 && marker <= 0xEF;
                    };
            if (!known || marker == 0xDA) {
                return known;
            }
            at = end;
        }
        return false;
    }

    /** JFIF of a version that libjpeg does not warn of. */
    private static boolean isUsualJfif(byte[] bytes, int from, int end) {
        return end - from < 14 || bytes[from + 5] == 1;
    }

    /** Of other transforms libjpeg warns, or readers decide in different ways what is RGB. */
    private static boolean isUsualAdobe(byte[] bytes, int from, int end) {
        return end - from < 12 || bytes[from + 11] == 1;
    }

    private boolean isFrame(byte[] bytes, int from, int end) {
        if (frame > 0 || end - from < 9 || bytes[from + 6] == 'R') {
            return false;
        }
        frame = from;
        int components = bytes[from + 5];
        int luminance = bytes[from + 7];
        boolean usual = luminance == 0x11 || luminance == 0x21 || luminance == 0x22;
        if (components == 1) {
            return end - from == 9;
        }
        return components == 3
                && end - from == 15
                && usual
                && bytes[from + 10] == 0x11
                && bytes[from + 13] == 0x11
                && bytes[from + 6] != bytes[from + 9]
                && bytes[from + 6] != bytes[from + 12]
                && bytes[from + 9] != bytes[from + 12];
    }

    private boolean isRestartInterval(byte[] bytes, int from, int end) {
        restartInterval = end - from == 2 ? unsigned16(bytes, from) : 0;
        return end - from == 2;
    }

    private boolean define(byte[] bytes, int from, int end) {
        int at = from;
        while (at + 1 + HuffmanCodes.LONGEST <= end) {
            int place = bytes[at] & 0xFF;
            if ((place & 0xEF) > 3) {
                return false;
            }
            int used = (place < 16 ? dc : ac)[place & 3].define(bytes, at + 1, end);
            if (used < 0) {
                return false;
            }
            at += 1 + used;
        }
        return at == end;
    }

    /** Whether the scan whose header is given, and what follows it, are sound to the end of the image. */
    private boolean isWholeScan(byte[] bytes, int from, int end) {
        if (frame == 0 || !prepareUnits(bytes, from, end)) {
            return false;
        }
        if (data.length < bytes.length + MARGIN) {
            data = new byte[bytes.length + MARGIN];
        }
        ByteBuffer words = ByteBuffer.wrap(data);
        int at = end;
        int left = units;
        for (int restart = 0; ; restart++) {
            int interval = restartInterval == 0 ? left : Math.min(left, restartInterval);
            int marker = takeCodedData(bytes, at);
            if (marker < 0 || !isWhole(words, interval)) {
                return false;
            }
            left -= interval;
            int expected = left == 0 ? 0xD9 : 0xD0 + (restart & 7);
            if ((bytes[marker + 1] & 0xFF) != expected) {
                return false;
            }
            if (left == 0) {
                return true;
            }
            at = marker + 2;
        }
    }

    private boolean prepareUnits(byte[] bytes, int from, int end) {
        int components = bytes[frame + 5];
        if (bytes[from] != components || end - from != 4 + 2 * components) {
            return false;
        }
        // From the first coefficient to the last, at once and exactly.
        if (bytes[end - 3] != 0 || bytes[end - 2] != COEFFICIENTS - 1 || bytes[end - 1] != 0) {
            return false;
        }
        blocks = 0;
        for (int component = 0; component < components; component++) {
            int tables = bytes[from + 2 + 2 * component];
            if (bytes[from + 1 + 2 * component] != bytes[frame + 6 + 3 * component] || (tables & 0xCC) != 0) {
                return false;
            }
            HuffmanCodes ofDc = dc[tables >> 4];
            HuffmanCodes ofAc = ac[tables & 3];
            if (!ofDc.defined || !ofAc.defined) {
                return false;
            }
            int sampling = components == 1 ? 0x11 : bytes[frame + 7 + 3 * component];
            int each = (sampling >> 4) * (sampling & 15);
            Arrays.fill(unitDc, blocks, blocks + each, ofDc);
            Arrays.fill(unitAc, blocks, blocks + each, ofAc);
            blocks += each;
        }
        int sampling = components == 1 ? 0x11 : bytes[frame + 7];
        int across = 8 * (sampling >> 4);
        int down = 8 * (sampling & 15);
        int height = unsigned16(bytes, frame + 1);
        int width = unsigned16(bytes, frame + 3);
        units = (width + across - 1) / across * ((height + down - 1) / down);
        return units > 0;
    }

    /** Where the next marker is, all before it having been taken; -1 if there is none. */
    private int takeCodedData(byte[] bytes, int from) {
        length = 0;
        int at = from;
        while (true) {
            int found = JpegHeader.nextOnes(bytes, at);
            if (found + 2 > bytes.length) {
                return -1;
            }
            boolean stuffed = bytes[found + 1] == 0;
            int count = found - at + (stuffed ? 1 : 0);
            System.arraycopy(bytes, at, data, length, count);
            length += count;
            if (!stuffed) {
                return found;
            }
            at = found + 2;
        }
    }

    /** Whether the data that were taken are just {@code count} units. */
    private boolean isWhole(ByteBuffer words, int count) {
        int bits = 8 * length;
        int at = 0;
        long window = words.getLong(0);
        for (int unit = 0; unit < count; unit++) {
            for (int block = 0; block < blocks; block++) {
                if (at > bits) {
                    return false;
                }
                HuffmanCodes codes = unitDc[block];
                int coefficients = 0;
                while (coefficients < COEFFICIENTS) {
                    // Loaded while the code is looked up, for the next: there are 57 bits or more, of which this code
                    // takes 27.
                    long loaded = words.getLong(at >> 3) << (at & 7);
                    int effect = codes.effect(window);
                    int used = effect & 0xFF;
                    if (used == 0) {
                        return false;
                    }
                    window = loaded << used;
                    at += used;
                    coefficients += effect >> 8;
                    codes = unitAc[block];
                }
                if (coefficients > COEFFICIENTS && coefficients < HuffmanCodes.END_OF_BLOCK) {
                    return false;
                }
            }
        }
        return at <= bits && bits - at < 8;
    }

    private static int unsigned16(byte[] bytes, int at) {
        return ((bytes[at] & 0xFF) << 8) | (bytes[at + 1] & 0xFF);
    }
}
