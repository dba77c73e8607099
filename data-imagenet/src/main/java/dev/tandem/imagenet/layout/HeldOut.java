package dev.tandem.imagenet.layout;

import dev.tandem.imagenet.io.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.BitSet;

/**
 * A set of images in two parts: to train on, and held out to validate on. The side of an image depends on the seed and
 * its own name only, so that it stays there when images are added: the first 53 bits of SHA-256(seed, name) are a
 * number from 0 to 1, and the image is held out if that is below the share. A class that would have no image on one
 * side gives the one whose number is nearest, if it has two or more.
 */
public record HeldOut(ImageFiles training, ImageFiles validation) {
    public static HeldOut of(ImageFiles files, int classes, double share, long seed) {
        int[] counts = new int[classes];
        int[] heldOut = new int[classes];
        int[] lowest = new int[classes];
        int[] highest = new int[classes];
        double[] numbers = new double[files.size()];
        BitSet validation = new BitSet();
        Arrays.fill(lowest, -1);
        Arrays.fill(highest, -1);
        for (int i = 0; i < numbers.length; i++) {
            int label = files.label(i);
            numbers[i] = number(seed, files.nameInSet(i));
            counts[label]++;
            if (numbers[i] < share) {
                validation.set(i);
                heldOut[label]++;
            }
            lowest[label] = lowest[label] < 0 || numbers[i] < numbers[lowest[label]] ? i : lowest[label];
            highest[label] = highest[label] < 0 || numbers[i] > numbers[highest[label]] ? i : highest[label];
        }
        for (int label = 0; label < classes; label++) {
            if (counts[label] > 1 && heldOut[label] == 0) {
                validation.set(lowest[label]);
            } else if (counts[label] > 0 && heldOut[label] == counts[label]) {
                validation.clear(highest[label]);
            }
        }
        BitSet training = (BitSet) validation.clone();
        training.flip(0, numbers.length);
        return new HeldOut(files.without(validation), files.without(training));
    }

    private static double number(long seed, String name) {
        MessageDigest digest = Sha256.digest();
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).flip());
        byte[] hash = digest.digest(name.getBytes(StandardCharsets.UTF_8));
        return (ByteBuffer.wrap(hash).getLong() >>> 11) * 0x1.0p-53;
    }
}
