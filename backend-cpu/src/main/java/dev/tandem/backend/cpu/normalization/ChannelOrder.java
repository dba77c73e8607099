package dev.tandem.backend.cpu.normalization;

import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd8b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_acdb;

import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.spi.Shape;

/**
 * In which order the elements of {@code (N, C, ...)} lie in memory: each sample in blocks of channels, and in each block
 * the channels in turn, place by place. In a row-major map a block is one channel; in oneDNN's layouts it is 8 or 16
 * channels, or all of them.
 *
 * @param samples N
 * @param channels C, without padding
 * @param blocks the blocks of a sample
 * @param sample the elements of a sample, with padding
 * @param length the elements of a block; the last may be shorter
 * @param width the channels of a block; those of the last may be fewer
 */
record ChannelOrder(int samples, int channels, int blocks, long sample, long length, int width) {
    /** The order of {@code s}, which is changed to one that is known here, in single precision. */
    static ChannelOrder of(CpuStorage s, Storages storages) {
        Shape shape = s.shape;
        int channels = shape.dim(1);
        long places = shape.elements() / shape.dim(0) / channels;
        boolean known = s.block != null
                && s.layout != null
                && s.layout.columns() == null
                && shape.rank() == 4
                && s.layout.hasDims(Layouts.dims(shape));
        int block = known ? block(s.layout.tag(), channels) : 0;
        if (block == 0) {
            storages.plain(s);
            block = places == 1 ? Math.min(channels, FloatLoops.PIECE) : 1;
        } else {
            storages.widen(s);
        }
        int blocks = (channels + block - 1) / block;
        long sample = known && s.layout != null ? blocks * block * places : channels * places;
        return new ChannelOrder(shape.dim(0), channels, blocks, sample, block * places, block);
    }

    /** The channels in a block of a layout of maps; 0 if it is none of those below. */
    private static int block(int tag, int channels) {
        if (tag == dnnl_aBcd16b) {
            return 16;
        }
        if (tag == dnnl_aBcd8b) {
            return 8;
        }
        return tag == dnnl_acdb && channels <= FloatLoops.PIECE ? channels : 0;
    }

    /** Where a block of a sample begins. */
    long start(long n, int block) {
        return n * sample + block * length;
    }

    /** The elements of a block. */
    long length(int block) {
        return Math.min(length, sample - block * length);
    }

    /** The channels of a block, with padding. */
    int width(int block) {
        return (int) Math.min(width, length(block));
    }

    /** Elements that are computed together: whole turns through the channels of a block. */
    int piece(int block) {
        int turn = width(block);
        return FloatLoops.PIECE / turn * turn;
    }

    /** The number of each channel of a block, repeated over a piece; 0 in the padding. */
    float[] repeated(float[] perChannel, int offset, int block) {
        float[] piece = new float[piece(block)];
        int turn = width(block);
        int first = block * width;
        for (int i = 0; i < piece.length; i++) {
            int channel = first + i % turn;
            piece[i] = channel < channels ? perChannel[offset + channel] : 0;
        }
        return piece;
    }
}
