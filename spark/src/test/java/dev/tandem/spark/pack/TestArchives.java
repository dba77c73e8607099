package dev.tandem.spark.pack;

import dev.tandem.testkit.TestPhotographs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Sinks;
import us.hebi.matlab.mat.types.Struct;

/** Archives as ILSVRC2012 has them, of a few made photographs. */
final class TestArchives {
    private static final List<String> WNIDS = List.of("n02000000", "n03000000", "n01000000");

    private TestArchives() {}

    /** Writes archives of three classes into {@code folder}, from the classes of {@link TestPhotographs}. */
    static Path write(Path folder, int training, int validation) throws IOException {
        Path photographs = TestPhotographs.folder(folder.resolve("photographs"), training, validation);
        Map<String, byte[]> train = new LinkedHashMap<>();
        Map<String, byte[]> val = new LinkedHashMap<>();
        StringBuilder truth = new StringBuilder();
        for (int i = 0; i < WNIDS.size(); i++) {
            String name = TestPhotographs.CLASSES.get(i);
            Map<String, byte[]> images = new LinkedHashMap<>();
            for (byte[] image : images(photographs.resolve("train").resolve(name))) {
                images.put(WNIDS.get(i) + "_" + (7 * images.size() + 3) + ".JPEG", image);
            }
            train.put(WNIDS.get(i) + ".tar", tar(images));
            for (byte[] image : images(photographs.resolve("val").resolve(name))) {
                val.put(String.format("ILSVRC2012_val_%08d.JPEG", val.size() + 1), image);
                truth.append(i + 1).append('\n');
            }
        }
        Path archives = Files.createDirectories(folder.resolve("archives"));
        Files.write(archives.resolve("ILSVRC2012_img_train.tar"), tar(train));
        Files.write(archives.resolve("ILSVRC2012_img_val.tar"), tar(val));
        Path kit = Files.createDirectories(archives.resolve("ILSVRC2012_devkit_t12/data"));
        Files.write(kit.resolve("meta.mat"), metaMat());
        Files.writeString(kit.resolve("ILSVRC2012_validation_ground_truth.txt"), truth);
        return archives;
    }

    private static List<byte[]> images(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> sorted = files.sorted().toList();
            List<byte[]> images = new ArrayList<>();
            for (Path file : sorted) {
                images.add(Files.readAllBytes(file));
            }
            return images;
        }
    }

    private static byte[] tar(Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(file.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static Matrix children(int count) {
        Matrix children = Mat5.newMatrix(count == 0 ? 0 : 1, count);
        for (int child = 0; child < count; child++) {
            children.setDouble(child, child + 1);
        }
        return children;
    }

    /** Three classes with ids 1 to 3 and a root above them with id 4. */
    private static byte[] metaMat() throws IOException {
        Struct synsets = Mat5.newStruct(4, 1);
        for (int i = 0; i < 4; i++) {
            boolean leaf = i < 3;
            synsets.set("ILSVRC2012_ID", i, Mat5.newScalar(i + 1));
            synsets.set("WNID", i, Mat5.newString(leaf ? WNIDS.get(i) : "n00001740"));
            synsets.set("words", i, Mat5.newString(leaf ? "thing " + (i + 1) : "entity"));
            synsets.set("gloss", i, Mat5.newString("what it is"));
            synsets.set("num_children", i, Mat5.newScalar(leaf ? 0 : 3));
            synsets.set("children", i, children(leaf ? 0 : 3));
            synsets.set("wordnet_height", i, Mat5.newScalar(leaf ? 0 : 1));
            synsets.set("num_train_images", i, Mat5.newScalar(1000 + i));
        }
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        Mat5.newWriter(Sinks.wrap(buffer)).writeMat(Mat5.newMatFile().addArray("synsets", synsets));
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
