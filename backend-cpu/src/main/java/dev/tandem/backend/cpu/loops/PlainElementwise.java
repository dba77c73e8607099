package dev.tandem.backend.cpu.loops;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;
import java.util.Arrays;

/**
 * Functions applied element by element, in plain Java on all of the device's threads. Results may replace operands.
 */
public final class PlainElementwise {
    private static final long LEAST_PER_THREAD = 1 << 15;

    private final ThreadTeam team;

    public PlainElementwise(ThreadTeam team) {
        this.team = team;
    }

    public void fill(long elements, float value, Block t) {
        team.forEach(elements, LEAST_PER_THREAD, (from, to) -> {
            float[] values = FloatLoops.pieces()[0];
            Arrays.fill(values, value);
            for (long at = from; at < to; at += values.length) {
                t.put(at, values, 0, (int) Math.min(values.length, to - at));
            }
        });
    }

    public void affine(long elements, Block x, float scale, float shift, Block y) {
        map(elements, x, y, (a, out, n) -> {
            for (int i = 0; i < n; i++) {
                out[i] = scale * a[i] + shift;
            }
        });
    }

    public void unary(UnaryFunction f, long elements, Block x, Block y) {
        map(elements, x, y, loop(f));
    }

    /** The loop of {@code f}. */
    public static FloatLoops.Map loop(UnaryFunction f) {
        return switch (f) {
            case IDENTITY -> (a, out, n) -> System.arraycopy(a, 0, out, 0, n);
            case RELU ->
                (a, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = Math.max(a[i], 0f);
                    }
                };
            case ABS ->
                (a, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = Math.abs(a[i]);
                    }
                };
            case SQRT ->
                (a, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = (float) Math.sqrt(a[i]);
                    }
                };
            case SIGN ->
                (a, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = Math.signum(a[i]);
                    }
                };
            case TANH, SIGMOID, EXP, LOG, ERF, GELU ->
                (a, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = (float) f.apply(a[i]);
                    }
                };
        };
    }

    /** {@code dx = f' dy}; {@code saved} is what {@link UnaryFunction#derivative} takes. */
    public void unaryBackward(UnaryFunction f, long elements, Block saved, Block dy, Block dx) {
        combine(elements, saved, dy, dx, derivative(f));
    }

    private static FloatLoops.Combine derivative(UnaryFunction f) {
        return switch (f) {
            case TANH ->
                (y, dy, dx, n) -> {
                    for (int i = 0; i < n; i++) {
                        dx[i] = dy[i] * (1 - y[i] * y[i]);
                    }
                };
            case SIGMOID ->
                (y, dy, dx, n) -> {
                    for (int i = 0; i < n; i++) {
                        dx[i] = dy[i] * y[i] * (1 - y[i]);
                    }
                };
            case IDENTITY, RELU, EXP, SQRT, LOG, ABS, SIGN, ERF, GELU ->
                (value, dy, dx, n) -> {
                    for (int i = 0; i < n; i++) {
                        dx[i] = (float) (dy[i] * f.derivative(value[i]));
                    }
                };
        };
    }

    /** {@code out = f(a, b)} for operands of one size. */
    public void binary(BinaryFunction f, long elements, Block a, Block b, Block out) {
        combine(elements, a, b, out, loop(f));
    }

    private static FloatLoops.Combine loop(BinaryFunction f) {
        return switch (f) {
            case ADD ->
                (a, b, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = a[i] + b[i];
                    }
                };
            case SUBTRACT ->
                (a, b, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = a[i] - b[i];
                    }
                };
            case MULTIPLY ->
                (a, b, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = a[i] * b[i];
                    }
                };
            case DIVIDE ->
                (a, b, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = a[i] / b[i];
                    }
                };
            case MAXIMUM ->
                (a, b, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = Math.max(a[i], b[i]);
                    }
                };
            case MINIMUM ->
                (a, b, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = Math.min(a[i], b[i]);
                    }
                };
            case POWER ->
                (a, b, out, n) -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = (float) Math.pow(a[i], b[i]);
                    }
                };
        };
    }

    /** {@code out = f(a, b)}, with {@code b} broadcast to the shape of {@code a}; all row-major. */
    public void binary(BinaryFunction f, Broadcast broadcast, Block a, Block b, Block out) {
        FloatLoops.Combine loop = loop(f);
        int length = broadcast.rowLength();
        team.forEach(broadcast.rows(), Math.max(1, LEAST_PER_THREAD / length), (first, end) -> {
            float[][] pieces = FloatLoops.pieces();
            for (long row = first; row < end; row++) {
                long narrow = broadcast.narrowIndex(row);
                for (int at = 0; at < length; at += FloatLoops.PIECE) {
                    int count = Math.min(FloatLoops.PIECE, length - at);
                    a.get(row * length + at, pieces[0], 0, count);
                    if (broadcast.repeatsWithinRow()) {
                        b.get(narrow, pieces[1], 0, 1);
                        Arrays.fill(pieces[1], 1, count, pieces[1][0]);
                    } else {
                        b.get(narrow + at, pieces[1], 0, count);
                    }
                    loop.apply(pieces[0], pieces[1], pieces[2], count);
                    out.put(row * length + at, pieces[2], 0, count);
                }
            }
        });
    }

    private void map(long elements, Block a, Block out, FloatLoops.Map f) {
        team.forEach(elements, LEAST_PER_THREAD, (from, to) -> FloatLoops.map(from, to, a, out, f));
    }

    private void combine(long elements, Block a, Block b, Block out, FloatLoops.Combine f) {
        team.forEach(elements, LEAST_PER_THREAD, (from, to) -> FloatLoops.combine(from, to, a, b, out, f));
    }
}
