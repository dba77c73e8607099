package dev.tandem.backend.cpu.matrix;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.UnaryFunction;

/** The end of a product whose sums were each computed in several parts. */
final class PartialSums {
    /** Fewer are added sooner than another thread wakes. */
    private static final long LEAST_PER_THREAD = 1 << 18;

    private final ThreadTeam team;

    PartialSums(Workbench bench) {
        this.team = bench.team();
    }

    /**
     * {@code y = f(sum over parts + bias)} for {@code rows} rows of {@code outputs}, from the row {@code first} of
     * {@code y} on. {@code parts} has all rows of one part after those of the other; {@code bias} may be null.
     */
    void join(int parts, Block sums, int rows, int outputs, Block bias, UnaryFunction f, Block y, int first) {
        FloatLoops.Map function = PlainElementwise.loop(f);
        int pieces = (outputs + FloatLoops.PIECE - 1) / FloatLoops.PIECE;
        long perPiece = (long) parts * Math.min(outputs, FloatLoops.PIECE);
        team.forEach((long) rows * pieces, Math.max(1, LEAST_PER_THREAD / perPiece), (from, end) -> {
            float[][] lines = FloatLoops.pieces();
            for (long piece = from; piece < end; piece++) {
                long row = piece / pieces;
                int at = (int) (piece % pieces) * FloatLoops.PIECE;
                int count = Math.min(FloatLoops.PIECE, outputs - at);
                sums.get(row * outputs + at, lines[0], 0, count);
                for (int part = 1; part < parts; part++) {
                    sums.get(((long) part * rows + row) * outputs + at, lines[1], 0, count);
                    add(lines[0], lines[1], count);
                }
                if (bias != null) {
                    bias.get(at, lines[1], 0, count);
                    add(lines[0], lines[1], count);
                }
                function.apply(lines[0], lines[2], count);
                y.put((first + row) * outputs + at, lines[2], 0, count);
            }
        });
    }

    private static void add(float[] to, float[] from, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += from[i];
        }
    }
}
