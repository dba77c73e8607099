package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Arrays;

/**
 * Convolution and the locally connected layer by their definitions. With {@code i = oy * strideY - padTop + ky},
 * {@code j = ox * strideX - padLeft + kx} and {@code c' = group(k) * C/groups + c}, each product that makes an output is
 * {@code x[n][c'][i][j] * w[k][c][ky][kx] -> y[n][k][oy][ox]}; the gradients walk the same products.
 */
final class ReferenceConvolutions implements ConvolutionKernels {
    /** {@code y[n][k][oy][ox] = f(bias[k] + sum over c, ky, kx of x[n][c'][i][j] * w[k][c][ky][kx])}. */
    @Override
    public void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y) {
        Maps in = Maps.of(x);
        Maps weights = Maps.of(w);
        Maps out = Maps.zeroed(y);
        forEachProduct(
                in,
                out,
                spec,
                (n, c, i, j, k, wc, ky, kx, oy, ox) ->
                        out.add(n, k, oy, ox, in.get(n, c, i, j) * weights.get(k, wc, ky, kx)));
        double[] offsets = bias == null ? new double[out.channels()] : ReferenceStorage.of(bias);
        out.forEach((n, k, oy, ox) -> out.set(n, k, oy, ox, f.apply(out.get(n, k, oy, ox) + offsets[k])));
    }

    /** {@code dx[n][c'][i][j] = sum of dy[n][k][oy][ox] * w[k][c][ky][kx]} over the products that it is in. */
    @Override
    public void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx) {
        Maps gradient = Maps.of(dy);
        Maps weights = Maps.of(w);
        Maps result = Maps.zeroed(dx);
        forEachProduct(
                result,
                gradient,
                spec,
                (n, c, i, j, k, wc, ky, kx, oy, ox) ->
                        result.add(n, c, i, j, gradient.get(n, k, oy, ox) * weights.get(k, wc, ky, kx)));
    }

    /**
     * {@code y[n][k][oy][ox] = f(bias[k][oy][ox] + sum over c, ky, kx of x[n][c][i][j] * w[k][place][element])}, with
     * {@code place = oy * W' + ox} and {@code element = (c * kh + ky) * kw + kx}.
     */
    @Override
    public void locallyConnected(Tensor x, Tensor w, Tensor bias, Window window, UnaryFunction f, Tensor y) {
        Maps in = Maps.of(x);
        Maps out = Maps.zeroed(y);
        double[] weights = ReferenceStorage.of(w);
        forEachProduct(
                in,
                out,
                new ConvolutionSpec(window, 1),
                (n, c, i, j, k, wc, ky, kx, oy, ox) -> out.add(
                        n,
                        k,
                        oy,
                        ox,
                        in.get(n, c, i, j) * weights[localWeight(in, out, window, k, c, ky, kx, oy, ox)]));
        double[] values = ReferenceStorage.of(y);
        double[] offsets = bias == null ? new double[values.length / out.samples()] : ReferenceStorage.of(bias);
        for (int i = 0; i < values.length; i++) {
            values[i] = f.apply(values[i] + offsets[i % offsets.length]);
        }
    }

    /** {@code dx[n][c][i][j] = sum of dy[n][k][oy][ox] * w[k][place][element]} over the products that it is in. */
    @Override
    public void locallyConnectedBackwardData(Tensor dy, Tensor w, Window window, Tensor dx) {
        Maps gradient = Maps.of(dy);
        Maps result = Maps.zeroed(dx);
        double[] weights = ReferenceStorage.of(w);
        forEachProduct(
                result,
                gradient,
                new ConvolutionSpec(window, 1),
                (n, c, i, j, k, wc, ky, kx, oy, ox) -> result.add(
                        n,
                        c,
                        i,
                        j,
                        gradient.get(n, k, oy, ox)
                                * weights[localWeight(result, gradient, window, k, c, ky, kx, oy, ox)]));
    }

    /** {@code dw[k][place][element] = sum of dy[n][k][oy][ox] * x[n][c][i][j]} and {@code dbias = sum over n of dy}. */
    @Override
    public void locallyConnectedBackwardWeights(Tensor x, Tensor dy, Window window, Tensor dw, Tensor dbias) {
        Maps in = Maps.of(x);
        Maps gradient = Maps.of(dy);
        double[] result = ReferenceStorage.of(dw);
        Arrays.fill(result, 0);
        forEachProduct(
                in,
                gradient,
                new ConvolutionSpec(window, 1),
                (n, c, i, j, k, wc, ky, kx, oy, ox) ->
                        result[localWeight(in, gradient, window, k, c, ky, kx, oy, ox)] +=
                                gradient.get(n, k, oy, ox) * in.get(n, c, i, j));
        if (dbias != null) {
            double[] sums = ReferenceStorage.of(dbias);
            double[] values = ReferenceStorage.of(dy);
            Arrays.fill(sums, 0);
            for (int i = 0; i < values.length; i++) {
                sums[i % sums.length] += values[i];
            }
        }
    }

    /** The index of the weight of output {@code (k, oy, ox)} for the element {@code (c, ky, kx)} of its window. */
    private static int localWeight(Maps in, Maps out, Window window, int k, int c, int ky, int kx, int oy, int ox) {
        int place = (k * out.height() + oy) * out.width() + ox;
        int inputs = in.channels() * window.height() * window.width();
        return place * inputs + (c * window.height() + ky) * window.width() + kx;
    }

    /** {@code y[n][(c * kh + ky) * kw + kx][oy][ox] = x[n][c][i][j]}, 0 if {@code (i, j)} is not on the map. */
    @Override
    public void unfold(Tensor x, Window window, Tensor y) {
        Maps in = Maps.of(x);
        Maps out = Maps.zeroed(y);
        forEachElement(in, out, window, (n, c, i, j, row, oy, ox) -> out.set(n, row, oy, ox, in.get(n, c, i, j)));
    }

    /** {@code dx[n][c][i][j] = sum of dy[n][(c * kh + ky) * kw + kx][oy][ox]} over its places in the columns. */
    @Override
    public void fold(Tensor dy, Window window, Tensor dx) {
        Maps columns = Maps.of(dy);
        Maps result = Maps.zeroed(dx);
        forEachElement(
                result,
                columns,
                window,
                (n, c, i, j, row, oy, ox) -> result.add(n, c, i, j, columns.get(n, row, oy, ox)));
    }

    /** An element {@code (n, c, i, j)} of the maps at {@code (n, row, oy, ox)} of the columns. */
    private interface Element {
        void at(int n, int c, int i, int j, int row, int oy, int ox);
    }

    private static void forEachElement(Maps maps, Maps columns, Window window, Element element) {
        int size = window.height() * window.width();
        columns.forEach((n, row, oy, ox) -> {
            int i = oy * window.strideY() - window.padTop() + row % size / window.width();
            int j = ox * window.strideX() - window.padLeft() + row % window.width();
            if (maps.contains(i, j)) {
                element.at(n, row / size, i, j, row, oy, ox);
            }
        });
    }

    /**
     * {@code dw[k][c][ky][kx] = sum of dy[n][k][oy][ox] * x[n][c'][i][j]} over the products that it is in, and
     * {@code dbias[k] = sum over n, oy, ox of dy[n][k][oy][ox]}.
     */
    @Override
    public void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias) {
        Maps in = Maps.of(x);
        Maps gradient = Maps.of(dy);
        Maps result = Maps.zeroed(dw);
        forEachProduct(
                in,
                gradient,
                spec,
                (n, c, i, j, k, wc, ky, kx, oy, ox) ->
                        result.add(k, wc, ky, kx, gradient.get(n, k, oy, ox) * in.get(n, c, i, j)));
        if (dbias != null) {
            double[] sums = ReferenceStorage.of(dbias);
            Arrays.fill(sums, 0);
            gradient.forEach((n, k, oy, ox) -> sums[k] += gradient.get(n, k, oy, ox));
        }
    }

    /**
     * One product: {@code (n, c, i, j)} in the input, {@code (k, wc, ky, kx)} in the weights, {@code (n, k, oy, ox)}
     * out.
     */
    private interface Product {
        void at(int n, int c, int i, int j, int k, int wc, int ky, int kx, int oy, int ox);
    }

    private static void forEachProduct(Maps in, Maps out, ConvolutionSpec spec, Product product) {
        Window window = spec.window();
        int groupInputs = in.channels() / spec.groups();
        int groupOutputs = out.channels() / spec.groups();
        out.forEach((n, k, oy, ox) -> {
            int firstChannel = k / groupOutputs * groupInputs;
            for (int wc = 0; wc < groupInputs; wc++) {
                for (int ky = 0; ky < window.height(); ky++) {
                    for (int kx = 0; kx < window.width(); kx++) {
                        int i = oy * window.strideY() - window.padTop() + ky;
                        int j = ox * window.strideX() - window.padLeft() + kx;
                        // Padding is zeros: it adds nothing.
                        if (in.contains(i, j)) {
                            product.at(n, firstChannel + wc, i, j, k, wc, ky, kx, oy, ox);
                        }
                    }
                }
            }
        });
    }
}
