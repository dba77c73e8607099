package dev.tandem.backend.cpu.convolution;

import static dev.tandem.backend.cpu.convolution.WinogradTransforms.POINTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;

import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.onednn.Candidate;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Primitive;
import dev.tandem.backend.cpu.workbench.Workbench;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * Convolution of one geometry, channels innermost, by F(2x2, 3x3). Several images at a time, few enough that what is
 * between the transforms stays in the caches: the transform of the input, one product of matrices for each group and
 * each of the 16 points, and the transform of the products. A row of tiles is the smallest piece of the transforms.
 */
final class WinogradProduct {
    private static final int ALL_POINTS = POINTS * POINTS;
    private static final long CHUNK_BYTES = 16 << 20;

    private final ConvolutionProblem problem;
    private final Layouts layouts;
    private final OneDnn oneDnn;
    private final Arena arena;
    private final ThreadTeam team;
    private final int groups;
    private final int in;
    private final int out;
    private final int outHeight;
    private final int outWidth;
    private final int tileRows;
    private final int tileColumns;
    private final int imagesPerChunk;
    private final Layout kernels;
    private final Map<Integer, Primitive> products = new HashMap<>();

    /** For a 3 x 3 window of stride 1; empty if one image is too large, or oneDNN has no optimized product for it. */
    static Optional<WinogradProduct> of(Workbench bench, ConvolutionProblem problem) {
        WinogradProduct product = new WinogradProduct(bench, problem);
        return Optional.of(product).filter(found -> found.kernels != null);
    }

    private WinogradProduct(Workbench bench, ConvolutionProblem problem) {
        this.problem = problem;
        this.layouts = bench.layouts();
        this.oneDnn = bench.oneDnn();
        this.arena = bench.storages().arena();
        this.team = bench.team();
        this.groups = problem.spec().groups();
        this.in = problem.channels() / groups;
        this.out = problem.kernels() / groups;
        this.outHeight = (int) problem.target()[2];
        this.outWidth = (int) problem.target()[3];
        this.tileRows = (outHeight + 1) / 2;
        this.tileColumns = (outWidth + 1) / 2;
        long bytesPerImage = (long) ALL_POINTS * groups * tileRows * tileColumns * (in + out) * Float.BYTES;
        this.imagesPerChunk = (int) Math.max(1, Math.min(problem.samples(), CHUNK_BYTES / bytesPerImage));
        this.kernels = Optional.of(layouts.any(Precision.F32, kernelDims()))
                .filter(any -> bytesPerImage <= CHUNK_BYTES)
                .flatMap(any -> Candidate.usable(candidate(imagesPerChunk, any)))
                .map(chosen -> layouts.of(chosen.query(dnnl_query_weights_md), kernelDims()))
                .filter(layout -> Candidate.usable(candidate(lastImages(), layout.descriptor()))
                        .isPresent())
                .orElse(null);
    }

    private long[] kernelDims() {
        return new long[] {(long) groups * ALL_POINTS, in, out};
    }

    /** The layout of transformed kernels: (groups x 16 points, input channels, output channels). */
    Layout kernels() {
        return kernels;
    }

    /** The images of the last chunk. */
    private int lastImages() {
        return (problem.samples() - 1) % imagesPerChunk + 1;
    }

    private int tiles(int images) {
        return images * tileRows * tileColumns;
    }

    private Candidate candidate(int images, dnnl_memory_desc w) {
        Layout x = layouts.plain((long) groups * ALL_POINTS, tiles(images), in);
        Layout y = layouts.plain((long) groups * ALL_POINTS, tiles(images), out);
        return Candidate.of(
                oneDnn,
                d -> dnnl_matmul_primitive_desc_create(
                        d, oneDnn.engine(), x.descriptor(), w, null, y.descriptor(), oneDnn.attributes()));
    }

    private Primitive product(int images) {
        return products.computeIfAbsent(
                images,
                count -> new Primitive(
                        oneDnn,
                        candidate(count, kernels.descriptor()),
                        Primitive.Argument.of(
                                DNNL_ARG_SRC, layouts.plain((long) groups * ALL_POINTS, tiles(count), in)),
                        Primitive.Argument.of(DNNL_ARG_WEIGHTS, kernels),
                        Primitive.Argument.of(
                                DNNL_ARG_DST, layouts.plain((long) groups * ALL_POINTS, tiles(count), out))));
    }

    /** Convolves {@code x} into {@code y}; {@code bias} has a number for each output channel, or is null. */
    void run(Block x, Block transformedKernels, float[] bias, boolean rectified, Block y) {
        long perPoint = (long) groups * ALL_POINTS * Float.BYTES;
        Block inputs = arena.allocate(perPoint * tiles(imagesPerChunk) * in);
        Block results = arena.allocate(perPoint * tiles(imagesPerChunk) * out);
        forEachRow(chunk(0), row -> transformInput(x, row, inputs));
        for (int first = 0; first < problem.samples(); first += imagesPerChunk) {
            Chunk now = chunk(first);
            product(now.images()).run(inputs.pointer(), transformedKernels.pointer(), results.pointer());
            Chunk next = chunk(first + imagesPerChunk);
            // Both transforms at once, because each start of the team takes as long as some rows.
            team.forEach(now.rows() + next.rows(), 1, (from, to) -> {
                for (long i = from; i < to; i++) {
                    if (i < now.rows()) {
                        transformOutput(results, now.row(i), bias, rectified, y);
                    } else {
                        transformInput(x, next.row(i - now.rows()), inputs);
                    }
                }
            });
        }
        arena.release(results);
        arena.release(inputs);
    }

    private void forEachRow(Chunk chunk, Consumer<TileRow> body) {
        team.forEach(chunk.rows(), 1, (from, to) -> {
            for (long i = from; i < to; i++) {
                body.accept(chunk.row(i));
            }
        });
    }

    private Chunk chunk(int first) {
        return new Chunk(first, Math.max(0, Math.min(imagesPerChunk, problem.samples() - first)));
    }

    /** The images from {@code first} on that are transformed together. */
    private final class Chunk {
        private final int first;
        private final int images;

        Chunk(int first, int images) {
            this.first = first;
            this.images = images;
        }

        int images() {
            return images;
        }

        long rows() {
            return (long) images * groups * tileRows;
        }

        TileRow row(long index) {
            int row = (int) (index % tileRows);
            int image = (int) (index / tileRows % images);
            int group = (int) (index / tileRows / images);
            int tile = (image * tileRows + row) * tileColumns;
            return new TileRow(first + image, group, row, tile, tiles(images));
        }
    }

    /** A row of tiles of one group of an image; {@code tile} is the number of the first among {@code tiles}. */
    private record TileRow(int image, int group, int row, int tile, int tiles) {
        /** Where the numbers of a point begin among the operands of the products. */
        long position(int point, int channels) {
            return (((long) group * ALL_POINTS + point) * tiles + tile) * channels;
        }
    }

    private void transformInput(Block x, TileRow row, Block inputs) {
        int count = tileColumns * in;
        float[][] lines = WinogradTransforms.lines((tileColumns + 1) * Math.max(in, out));
        for (int r = 0; r < POINTS; r++) {
            readColumns(x, row, 2 * row.row() + r - problem.spec().window().padTop(), lines, 2 * r);
        }
        // Columns by their parity: of a tile, the first and third are even, the second and fourth odd.
        WinogradTransforms.input(lines[0], lines[2], lines[4], lines[6], lines, 8, count + in);
        WinogradTransforms.input(lines[1], lines[3], lines[5], lines[7], lines, 12, count + in);
        for (int r = 0; r < POINTS; r++) {
            float[] even = lines[8 + r];
            float[] odd = lines[12 + r];
            System.arraycopy(even, in, lines[0], 0, count);
            System.arraycopy(odd, in, lines[1], 0, count);
            WinogradTransforms.input(even, odd, lines[0], lines[1], lines, 16, count);
            for (int c = 0; c < POINTS; c++) {
                inputs.put(row.position(POINTS * r + c, in), lines[16 + c], 0, count);
            }
        }
    }

    /** A group's channels of one row of pixels: even columns to {@code lines[to]}, odd ones to the next. */
    private void readColumns(Block x, TileRow row, int y, float[][] lines, int to) {
        int padding = problem.spec().window().padLeft();
        boolean outside = y < 0 || y >= problem.height();
        for (int column = 0; column < 2 * tileColumns + 2; column++) {
            int source = column - padding;
            float[] line = lines[to + column % 2];
            int at = column / 2 * in;
            if (outside || source < 0 || source >= problem.width()) {
                Arrays.fill(line, at, at + in, 0f);
            } else {
                long pixel = ((long) row.image() * problem.height() + y) * problem.width() + source;
                x.get(pixel * problem.channels() + (long) row.group() * in, line, at, in);
            }
        }
    }

    private void transformOutput(Block results, TileRow row, float[] bias, boolean rectified, Block y) {
        int count = tileColumns * out;
        float[][] lines = WinogradTransforms.lines((tileColumns + 1) * Math.max(in, out));
        for (int c = 0; c < POINTS; c++) {
            for (int r = 0; r < POINTS; r++) {
                results.get(row.position(POINTS * r + c, out), lines[r], 0, count);
            }
            WinogradTransforms.output(lines[0], lines[1], lines[2], lines[3], lines[8 + c], lines[12 + c], count);
        }
        float[] offsets = lines[2];
        for (int tile = 0; bias != null && tile < tileColumns; tile++) {
            System.arraycopy(bias, row.group() * out, offsets, tile * out, out);
        }
        for (int r = 0; r < 2 && 2 * row.row() + r < outHeight; r++) {
            int at = 8 + 4 * r;
            WinogradTransforms.output(
                    lines[at], lines[at + 1], lines[at + 2], lines[at + 3], lines[0], lines[1], count);
            for (int parity = 0; parity < 2; parity++) {
                if (bias != null) {
                    WinogradTransforms.add(lines[parity], offsets, lines[parity], count);
                }
                if (rectified) {
                    WinogradTransforms.rectify(lines[parity], count);
                }
            }
            writeColumns(y, row, 2 * row.row() + r, lines);
        }
    }

    /** Even columns of one row of outputs from {@code lines[0]}, odd ones from the next. */
    private void writeColumns(Block to, TileRow row, int y, float[][] lines) {
        for (int column = 0; column < outWidth; column++) {
            long pixel = ((long) row.image() * outHeight + y) * outWidth + column;
            to.put(pixel * problem.kernels() + (long) row.group() * out, lines[column % 2], column / 2 * out, out);
        }
    }
}
