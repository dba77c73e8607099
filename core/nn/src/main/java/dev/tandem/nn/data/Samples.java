package dev.tandem.nn.data;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Labelled samples in memory, checked. */
final class Samples {
    private final float[][] inputs;
    private final int[] labels;
    private final float[][] targets;

    /** Samples with labels; with targets that are numbers, if those are not null, all labels are 0. */
    private Samples(float[][] inputs, int[] labels, float[][] targets) {
        this.inputs = inputs;
        this.labels = labels;
        this.targets = targets;
    }

    /** No samples. */
    static Samples none() {
        return new Samples(new float[0][], new int[0], null);
    }

    /** These samples of shape {@code sample}; {@code operation} begins the messages of errors. */
    static Samples of(String operation, Shape sample, float[][] inputs, int[] labels) {
        if (inputs.length != labels.length) {
            throw TandemException.argument(
                    operation,
                    "not one label a sample",
                    inputs.length + " samples, " + labels.length + " labels",
                    "as many of both",
                    "");
        }
        requireRows(operation, "sample ", sample, inputs);
        return new Samples(inputs, labels.clone(), null);
    }

    /** These samples, whose targets of shape {@code target} are numbers. */
    static Samples of(String operation, Shape sample, float[][] inputs, Shape target, float[][] targets) {
        if (inputs.length != targets.length) {
            throw TandemException.argument(
                    operation,
                    "not one target a sample",
                    inputs.length + " samples, " + targets.length + " targets",
                    "as many of both",
                    "");
        }
        requireRows(operation, "sample ", sample, inputs);
        requireRows(operation, "target ", target, targets);
        return new Samples(inputs, new int[inputs.length], targets);
    }

    private static void requireRows(String operation, String what, Shape shape, float[][] rows) {
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] == null || rows[i].length != shape.elements()) {
                throw TandemException.argument(
                        operation,
                        what + i + " has another length than shape " + shape,
                        rows[i] == null ? "null" : rows[i].length,
                        shape.elements(),
                        "Pass one value per element, row-major");
            }
            for (float value : rows[i]) {
                if (!Float.isFinite(value)) {
                    throw TandemException.argument(
                            operation, "a value of " + what + i + " is not finite", value, "finite values", "");
                }
            }
        }
    }

    /** Refuses labels that are not 0 to {@code classes - 1}. */
    void requireLabels(String operation, int classes) {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw TandemException.argument(
                        operation,
                        "the label of sample " + i + " is none of the classes",
                        labels[i],
                        "0 to " + (classes - 1),
                        "");
            }
        }
    }

    int size() {
        return labels.length;
    }

    float[] input(int index) {
        return inputs[index];
    }

    /** The numbers that are the target of a sample, not to be changed; empty if it has a label. */
    float[] target(int index) {
        return targets == null ? new float[0] : targets[index];
    }

    /** Not to be changed. */
    int[] labels() {
        return labels;
    }

    /** The samples of these indices, in their order. */
    Samples choose(int[] indices) {
        float[][] some = new float[indices.length][];
        int[] theirs = new int[indices.length];
        float[][] wanted = targets == null ? null : new float[indices.length][];
        for (int i = 0; i < indices.length; i++) {
            some[i] = inputs[indices[i]];
            theirs[i] = labels[indices[i]];
            if (wanted != null) {
                wanted[i] = targets[indices[i]];
            }
        }
        return new Samples(some, theirs, wanted);
    }

    /** Equal for equal samples, labels and names; SHA-256 in hexadecimal digits. */
    static String fingerprint(Shape sample, List<String> classNames, Samples training, Samples validation) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((sample + "\n" + String.join("\n", classNames)).getBytes(StandardCharsets.UTF_8));
            training.addTo(digest, sample);
            validation.addTo(digest, sample);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private void addTo(MessageDigest digest, Shape sample) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(size()).flip());
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * sample.arrayLength() + Integer.BYTES);
        for (int i = 0; i < size(); i++) {
            bytes.clear();
            bytes.asFloatBuffer().put(inputs[i]);
            bytes.putInt(Float.BYTES * inputs[i].length, labels[i]);
            digest.update(bytes);
            for (float number : target(i)) {
                digest.update(ByteBuffer.allocate(Float.BYTES).putFloat(number).flip());
            }
        }
    }
}
