package dev.tandem.weights.export.container;

import dev.tandem.spi.Shape;
import dev.tandem.weights.export.source.ExportSource;
import dev.tandem.weights.export.source.ExportedTensor;
import dev.tandem.weights.published.SideInformation;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * PyTorch's zip container with a state dictionary: {@code torch.load} reads it, also with {@code weights_only=True}.
 * What else is exported is a record that PyTorch passes over.
 */
public final class TorchWriter {
    /** The record of what an exported file holds beside its weights, in the archive's folder. */
    public static final String SIDE_RECORD = "tandem/" + SideInformation.KEY + ".json";

    private static final String FOLDER = "model/";

    private TorchWriter() {}

    /** Writes a model. */
    public static void write(ExportSource source, OutputStream out) throws IOException {
        StoredZip zip = new StoredZip(out);
        List<ExportedTensor> tensors = source.tensors();
        zip.add(FOLDER + "data.pkl", pickle(tensors));
        zip.add(FOLDER + "byteorder", ascii("little"));
        for (int i = 0; i < tensors.size(); i++) {
            zip.add(FOLDER + "data/" + i, new byte[0], tensors.get(i).elements().get());
        }
        zip.add(FOLDER + "version", ascii("3\n"));
        zip.add(FOLDER + SIDE_RECORD, source.side().toJsonWithMeanImage().getBytes(StandardCharsets.UTF_8));
        zip.finish();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] pickle(List<ExportedTensor> tensors) {
        PickleWriter pickle = new PickleWriter().emptyOrderedDictionary().mark();
        for (int i = 0; i < tensors.size(); i++) {
            pickle.text(tensors.get(i).name());
            tensor(pickle, tensors.get(i).shape(), Integer.toString(i));
        }
        return pickle.setItems().stop();
    }

    /** {@code _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)}. */
    private static void tensor(PickleWriter pickle, Shape shape, String storage) {
        pickle.global("torch._utils", "_rebuild_tensor_v2")
                .mark()
                .mark()
                .text("storage")
                .global("torch", "FloatStorage")
                .text(storage)
                .text("cpu")
                .number(shape.arrayLength())
                .tuple()
                .persistent()
                .number(0)
                .mark();
        for (int dim : shape.dims()) {
            pickle.number(dim);
        }
        pickle.tuple().mark();
        for (int axis = 0; axis < shape.rank(); axis++) {
            pickle.number((int) shape.stride(axis));
        }
        pickle.tuple().no().emptyOrderedDictionary().tuple().call();
    }
}
