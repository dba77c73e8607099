package dev.tandem.weights.matlab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Array;
import us.hebi.matlab.mat.types.Cell;
import us.hebi.matlab.mat.types.MatFile;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Sinks;
import us.hebi.matlab.mat.types.Struct;

/** Writes nets as MatConvNet does, by a library that has nothing to do with the reader. */
public final class TestMat {
    private TestMat() {}

    /** Singles whose values are their indices as MATLAB counts them: {@code (h, w, i, o)} is 1000h + 100w + 10i + o. */
    static Matrix filters(int... dims) {
        Matrix matrix = Mat5.newMatrix(dims, MatlabType.Single);
        int count = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        for (int n = 0; n < count; n++) {
            int rest = n;
            float value = 0;
            for (int d = 0, unit = 1000; d < dims.length; d++, unit /= 10) {
                value += unit * (rest % dims[d]);
                rest /= dims[d];
            }
            matrix.setFloat(n, value);
        }
        return matrix;
    }

    static Cell cell(Array... values) {
        Cell cell = Mat5.newCell(1, values.length);
        for (int i = 0; i < values.length; i++) {
            cell.set(i, values[i]);
        }
        return cell;
    }

    static Struct layer(String name, String type) {
        return Mat5.newStruct().set("name", Mat5.newString(name)).set("type", Mat5.newString(type));
    }

    private static Struct normalization() {
        Matrix size = Mat5.newMatrix(1, 3);
        size.setDouble(0, 227);
        size.setDouble(1, 227);
        size.setDouble(2, 3);
        return Mat5.newStruct()
                .set("imageSize", size)
                .set("interpolation", Mat5.newString("bicubic"))
                .set("averageImage", filters(2, 3, 3));
    }

    private static Struct classes() {
        return Mat5.newStruct()
                .set("name", cell(Mat5.newString("n01440764"), Mat5.newString("n01443537")))
                .set("description", cell(Mat5.newString("tench, \"Tinca tinca\""), Mat5.newString("köter")));
    }

    private static Struct norm() {
        Matrix param = Mat5.newMatrix(1, 4);
        param.setDouble(0, 5);
        param.setDouble(1, 1);
        param.setDouble(2, 0.5);
        param.setDouble(3, 0.75);
        return layer("norm1", "normalize").set("param", param);
    }

    /** The newer layout: cells of weights, and all else in {@code meta}. */
    public static MatFile newer() {
        Cell layers = cell(
                layer("conv1", "conv").set("weights", cell(filters(2, 3, 3, 2), filters(1, 2))),
                norm(),
                layer("fc8", "conv").set("weights", cell(filters(1, 1, 2), filters(1, 1))),
                layer("prob", "softmax").set("weights", cell()));
        return Mat5.newMatFile()
                .addArray("layers", layers)
                .addArray(
                        "meta",
                        Mat5.newStruct().set("normalization", normalization()).set("classes", classes()))
                .addArray("other", filters(2, 2));
    }

    /** The older layout: filters and biases, and variables of their own. */
    public static MatFile older() {
        Cell layers =
                cell(layer("conv1", "conv").set("filters", filters(2, 3, 3, 2)).set("biases", filters(2, 1)), norm());
        return Mat5.newMatFile()
                .addArray("layers", layers)
                .addArray("normalization", normalization())
                .addArray("classes", classes());
    }

    /** The bytes of a file. */
    public static byte[] bytes(MatFile file, int deflateLevel) {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        try {
            Mat5.newWriter(Sinks.wrap(buffer)).setDeflateLevel(deflateLevel).writeMat(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
