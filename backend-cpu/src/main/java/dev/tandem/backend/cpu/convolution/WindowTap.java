package dev.tandem.backend.cpu.convolution;

import dev.tandem.spi.op.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One pixel of a sliding window, and the rows and columns of places at which it lies on the map and not in the padding.
 *
 * @param index its number in the window, row by row
 */
record WindowTap(int index, Span rows, Span columns) {
    /**
     * The places {@code first} to {@code first + count - 1} along one axis.
     *
     * @param source the pixel of the map that is under the tap at the first of them
     */
    record Span(int first, int count, int source) {
        /** For a tap that is {@code offset} pixels from where the first window would begin without padding. */
        private static Span of(int offset, int stride, int pixels, int places) {
            int first = Math.max(0, -Math.floorDiv(offset, stride));
            int end = Math.min(places, Math.floorDiv(pixels - 1 - offset, stride) + 1);
            return new Span(first, end - first, first * stride + offset);
        }

        private List<Span> single(int stride) {
            return IntStream.range(0, count)
                    .mapToObj(i -> new Span(first + i, 1, source + i * stride))
                    .toList();
        }

        private boolean has(int place) {
            return place >= first && place < first + count;
        }
    }

    /** Whether it lies on the map at a place. */
    boolean isAt(int row, int column) {
        return rows.has(row) && columns.has(column);
    }

    /** This tap at one row of places after another. */
    Stream<WindowTap> byRow(Window window) {
        return rows.single(window.strideY()).stream().map(row -> new WindowTap(index, row, columns));
    }

    /** This tap at one column of places after another. */
    Stream<WindowTap> byColumn(Window window) {
        return columns.single(window.strideX()).stream().map(column -> new WindowTap(index, rows, column));
    }

    /** The taps that are on the map at any place. */
    static List<WindowTap> of(ConvolutionProblem problem) {
        Window window = problem.spec().window();
        int high = window.outputHeight(problem.height());
        int wide = window.outputWidth(problem.width());
        List<WindowTap> taps = new ArrayList<>();
        for (int a = 0; a < window.height(); a++) {
            Span rows = Span.of(a - window.padTop(), window.strideY(), problem.height(), high);
            for (int b = 0; b < window.width(); b++) {
                Span columns = Span.of(b - window.padLeft(), window.strideX(), problem.width(), wide);
                if (rows.count() > 0 && columns.count() > 0) {
                    taps.add(new WindowTap(a * window.width() + b, rows, columns));
                }
            }
        }
        return taps;
    }
}
