package dev.tandem.imagenet.layout.archive;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Sources;
import us.hebi.matlab.mat.types.Struct;

/** Reads the {@code synsets} of a development kit's {@code meta.mat}, of 2010 or 2012. */
final class MetaMat {
    private static final Pattern WNID = Pattern.compile("n\\d{8}");

    private MetaMat() {}

    /**
     * Reads the hierarchy.
     *
     * @param file the bytes of {@code meta.mat}
     * @param year 2010 or 2012, which names the field of ids
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when it is damaged or something else
     */
    static Synsets read(byte[] file, int year) {
        try {
            byte[] checked = MatStructure.only("synsets", file);
            Struct synsets = Mat5.newReader(Sources.wrap(ByteBuffer.wrap(checked)))
                    .disableSubsystemProcessing()
                    .readMat()
                    .getStruct("synsets");
            List<Synset> all = new ArrayList<>();
            for (int i = 0; i < synsets.getNumElements(); i++) {
                all.add(synset(synsets, i, "ILSVRC" + year + "_ID"));
            }
            return new Synsets(all);
        } catch (TandemException e) {
            throw e;
        } catch (IOException | RuntimeException | AssertionError e) {
            // The library meets damaged files with exceptions of all sorts.
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    "meta.mat",
                    "it is damaged or of another kind: " + e.getMessage(),
                    "Use the official development kit of " + year,
                    e);
        }
    }

    private static Synset synset(Struct synsets, int i, String idField) throws IOException {
        String wnid = synsets.getChar("WNID", i).getString();
        if (!WNID.matcher(wnid).matches()) {
            throw new IOException("no wnid: " + wnid);
        }
        Matrix childIds = synsets.getMatrix("children", i);
        int count = synsets.getMatrix("num_children", i).getInt(0);
        if (count < 0 || count > childIds.getNumElements()) {
            throw new IOException(wnid + " has " + count + " children but lists " + childIds.getNumElements());
        }
        List<Integer> children = new ArrayList<>();
        for (int child = 0; child < count; child++) {
            children.add(childIds.getInt(child));
        }
        return new Synset(
                synsets.getMatrix(idField, i).getInt(0),
                wnid,
                synsets.getChar("words", i).getString(),
                synsets.getChar("gloss", i).getString(),
                children,
                synsets.getMatrix("wordnet_height", i).getInt(0),
                synsets.getMatrix("num_train_images", i).getInt(0));
    }
}
