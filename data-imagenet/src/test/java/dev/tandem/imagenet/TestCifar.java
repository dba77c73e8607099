package dev.tandem.imagenet;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** CIFAR's files in miniature: the same random images in every version, {@value ROWS} a batch. */
public final class TestCifar {
    public static final int ROWS = 4;
    public static final int PIXELS = 3 * 32 * 32;
    public static final List<String> CLASSES =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");
    /** The batches of CIFAR-10: five to train on, and one to test on. */
    public static final int BATCHES = 6;

    private TestCifar() {}

    /** The pixels of image {@code row} of a batch, plane by plane. */
    public static byte[] pixels(int batch, int row) {
        byte[] pixels = new byte[PIXELS];
        new Random(100L * batch + row).nextBytes(pixels);
        return pixels;
    }

    /** The label of image {@code row} of a batch, 0 to 9; of CIFAR-100, ten times that. */
    public static int label(int batch, int row) {
        return (3 * batch + 2 * row) % 10;
    }

    private static List<String> hundred() {
        return IntStream.range(0, 100).mapToObj(i -> "thing_" + i).toList();
    }

    private static byte[] binary(int batch, int labelBytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int row = 0; row < ROWS; row++) {
            int label = label(batch, row);
            out.writeBytes(
                    labelBytes == 1 ? new byte[] {(byte) label} : new byte[] {(byte) label, (byte) (10 * label)});
            out.writeBytes(pixels(batch, row));
        }
        return out.toByteArray();
    }

    /** The files of the binary version of CIFAR-10. */
    public static Map<String, byte[]> binary() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("batches.meta.txt", TestTars.ascii(String.join("\n", CLASSES) + "\n\n"));
        for (int batch = 0; batch < BATCHES; batch++) {
            files.put(batch < 5 ? "data_batch_" + (batch + 1) + ".bin" : "test_batch.bin", binary(batch, 1));
        }
        return files;
    }

    /** The files of the binary version of CIFAR-100. */
    public static Map<String, byte[]> binary100() {
        return new LinkedHashMap<>(Map.of(
                "fine_label_names.txt", TestTars.ascii(String.join("\n", hundred()) + "\n"),
                "train.bin", binary(0, 2),
                "test.bin", binary(5, 2)));
    }

    /** The pixels of a batch as rows of an array, or as its columns. */
    public static TestPickle.Array array(int batch, boolean fortran) {
        byte[] bytes = new byte[ROWS * PIXELS];
        for (int row = 0; row < ROWS; row++) {
            byte[] pixels = pixels(batch, row);
            for (int i = 0; i < PIXELS; i++) {
                bytes[fortran ? i * ROWS + row : row * PIXELS + i] = pixels[i];
            }
        }
        return new TestPickle.Array(ROWS, PIXELS, bytes, fortran);
    }

    /** What is pickled as a batch of CIFAR-10. */
    public static Map<String, Object> entries(int batch, boolean fortran) {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("batch_label", batch < 5 ? "training batch " + (batch + 1) + " of 5" : "testing batch 1 of 1");
        entries.put(
                "labels",
                IntStream.range(0, ROWS).mapToObj(row -> label(batch, row)).toList());
        entries.put("data", array(batch, fortran));
        entries.put(
                "filenames",
                IntStream.range(0, ROWS).mapToObj(row -> "a_s_" + row + ".png").toList());
        return entries;
    }

    /** The files of the Python version of CIFAR-10, pickled by Python 2 or 3. */
    public static Map<String, byte[]> python(boolean python3, boolean fortran) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        Map<String, Object> meta = new LinkedHashMap<>();
        meta.put("num_cases_per_batch", 10000);
        meta.put("label_names", CLASSES);
        meta.put("num_vis", PIXELS);
        files.put("batches.meta", python3 ? TestPickle.python3(meta) : TestPickle.python2(meta));
        for (int batch = 0; batch < BATCHES; batch++) {
            Map<String, Object> entries = entries(batch, fortran);
            files.put(
                    batch < 5 ? "data_batch_" + (batch + 1) : "test_batch",
                    python3 ? TestPickle.python3(entries) : TestPickle.python2(entries));
        }
        return files;
    }

    /** The files of the Python version of CIFAR-100. */
    public static Map<String, byte[]> python100() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        List<String> coarse = IntStream.range(0, 20).mapToObj(i -> "kind_" + i).toList();
        files.put("meta", TestPickle.python2(Map.of("fine_label_names", hundred(), "coarse_label_names", coarse)));
        for (int batch : new int[] {0, 5}) {
            Map<String, Object> entries = entries(batch, false);
            List<Integer> labels =
                    IntStream.range(0, ROWS).mapToObj(row -> label(batch, row)).toList();
            entries.put("coarse_labels", labels);
            entries.put("fine_labels", labels.stream().map(label -> 10 * label).toList());
            entries.remove("labels");
            files.put(batch == 0 ? "train" : "test", TestPickle.python2(entries));
        }
        return files;
    }

    /** Writes files, and returns their folder. */
    public static Path write(Path folder, Map<String, byte[]> files) {
        files.forEach((name, bytes) -> TestTars.write(folder.resolve(name), bytes));
        return folder;
    }

    /** A gzipped tar of files, in a folder. */
    public static byte[] archive(String folder, Map<String, byte[]> files) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put(folder + "/readme.html", TestTars.ascii("<html>"));
        files.forEach((name, bytes) -> entries.put(folder + "/" + name, bytes));
        return TestTars.gzip(TestTars.tar(entries));
    }

    /** The first {@code length} bytes. */
    public static byte[] cut(byte[] bytes, int length) {
        return Arrays.copyOf(bytes, length);
    }
}
