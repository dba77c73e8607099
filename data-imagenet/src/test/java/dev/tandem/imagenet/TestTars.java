package dev.tandem.imagenet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.MatFile;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Sinks;
import us.hebi.matlab.mat.types.Struct;

/** Archives made at run time, with official names and nesting. */
public final class TestTars {
    /** ILSVRC ids in another order than the wnids: labels are 0 n01000000 (3), 1 n02000000 (1), 2 n03000000 (2). */
    public static final List<String> WNIDS = List.of("n02000000", "n03000000", "n01000000");

    private TestTars() {}

    public static byte[] tar(Map<String, byte[]> files) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            for (var file : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey(), true);
                entry.setSize(file.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** A tar of one empty entry, as it is. */
    public static byte[] tar(TarArchiveEntry entry) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** {@code meta.mat} of three classes with ids 1 to 3 and a root above them with id 4. */
    public static byte[] metaMat(int year) {
        Struct synsets = Mat5.newStruct(4, 1);
        for (int i = 0; i < 4; i++) {
            boolean leaf = i < 3;
            Matrix children = Mat5.newMatrix(leaf ? 0 : 1, leaf ? 0 : 3);
            for (int child = 0; !leaf && child < 3; child++) {
                children.setDouble(child, child + 1);
            }
            synsets.set("ILSVRC" + year + "_ID", i, Mat5.newScalar(i + 1));
            synsets.set("WNID", i, Mat5.newString(leaf ? WNIDS.get(i) : "n00001740"));
            synsets.set("words", i, Mat5.newString(leaf ? "thing " + (i + 1) + ", gadget" : "entity"));
            synsets.set("gloss", i, Mat5.newString("what it is"));
            synsets.set("num_children", i, Mat5.newScalar(leaf ? 0 : 3));
            synsets.set("children", i, children);
            synsets.set("wordnet_height", i, Mat5.newScalar(leaf ? 0 : 1));
            synsets.set("num_train_images", i, Mat5.newScalar(1000 + i));
        }
        MatFile file = Mat5.newMatFile()
                .addArray("cost_matrix", Mat5.newMatrix(100, 100))
                .addArray("synsets", synsets);
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        try {
            Mat5.newWriter(Sinks.wrap(buffer)).writeMat(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    public static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    public static Path write(Path path, byte[] bytes) {
        try {
            Files.createDirectories(path.getParent());
            return Files.write(path, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] jpeg(int seed) {
        return TestImages.encode(TestImages.noise(20, 24, seed), "jpg");
    }

    /**
     * Archives of a year in miniature: two training images of each of two classes, four for validation, two to test.
     */
    public static void writeYear(Path directory, int year) {
        String stem = year == 2010 ? "ILSVRC2010_images_" : "ILSVRC2012_img_";
        Map<String, byte[]> train = new LinkedHashMap<>();
        for (String wnid : List.of("n02000000", "n01000000")) {
            Map<String, byte[]> images = new LinkedHashMap<>();
            images.put(wnid + "_20.JPEG", jpeg(20));
            images.put(wnid + "_3.JPEG", jpeg(3));
            train.put(wnid + ".tar", tar(images));
        }
        write(directory.resolve(stem + "train.tar"), tar(train));
        Map<String, byte[]> val = new LinkedHashMap<>();
        for (int i : new int[] {3, 1, 4, 2}) {
            val.put("val/ILSVRC" + year + "_val_0000000" + i + ".JPEG", jpeg(i));
        }
        write(directory.resolve(stem + "val.tar"), tar(val));
        Map<String, byte[]> test = new LinkedHashMap<>();
        test.put("ILSVRC" + year + "_test_00000002.JPEG", jpeg(2));
        test.put("ILSVRC" + year + "_test_00000001.JPEG", jpeg(1));
        write(directory.resolve(stem + "test.tar"), tar(test));
        Map<String, byte[]> kit = Map.of(
                "kit/data/meta.mat",
                metaMat(year),
                "kit/data/ILSVRC" + year + "_validation_ground_truth.txt",
                ascii("3\n3\n1\n2\n"));
        String kitName = year == 2010 ? "ILSVRC2010_devkit-1.0.tar.gz" : "ILSVRC2012_devkit_t12.tar.gz";
        write(directory.resolve(kitName), gzip(tar(kit)));
    }
}
