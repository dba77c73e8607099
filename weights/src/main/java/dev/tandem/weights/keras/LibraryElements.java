package dev.tandem.weights.keras;

import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.StoredTensor;
import io.jhdf.api.Dataset;
import java.util.Arrays;

/** Elements that lie in chunks or in a header: jhdf brings them in order, the whole dataset at a time. */
record LibraryElements(InputFile file, Dataset dataset, String name, long count) implements StoredTensor.Elements {
    private static final int PART = 1 << 16;

    @Override
    public void forEachPart(StoredTensor.Part part) {
        Object all = HdfLibrary.call(file, dataset::getDataFlat);
        float[] values = new float[(int) Math.min(PART, count)];
        for (int from = 0; from < count; from += values.length) {
            int now = (int) Math.min(values.length, count - from);
            if (all instanceof float[] floats && floats.length == count) {
                part.take(Arrays.copyOfRange(floats, from, from + now), now);
            } else if (all instanceof double[] doubles && doubles.length == count) {
                for (int i = 0; i < now; i++) {
                    values[i] = (float) doubles[from + i];
                }
                part.take(values, now);
            } else {
                throw file.damaged("the elements of " + Names.visible(name), "none, or some", count);
            }
        }
    }
}
