// The operands of convolutions, which are matrices that exist only as index arithmetic. What an index of a patch's
// element (channel, row, column) means comes from a table in shared memory, so that no loop divides. The host has made
// sure that an int holds every index of a tensor.
#pragma once
#include "tile_product.cuh"

// A convolution of x (N, C, H, W) with weights (K, C / groups, R, S) into y (N, K, P, Q).
struct Convolution {
    int samples, channels, height, width;  // x
    int outputs;                           // K of y
    int groupChannels, groupOutputs;       // C / groups, K / groups
    int padTop, padLeft;
    Divisor strideY, strideX;
    Divisor kernelArea, kernelWidth;       // R S, S
    Divisor outArea, outWidth;             // P Q, Q
};

// Splits an index into (outer, row, column), of which area and width are the inner extents.
struct Place {
    int outer, row, column;

    DEVICE Place(int index, const Divisor& area, const Divisor& width) {
        outer = area.quotient(index);
        int inner = index - outer * area.value;
        row = width.quotient(inner);
        column = inner - row * width.value;
    }
};

// An element of a patch: its row and column there, and where it is in memory from the patch's first element on, or if the
// map is spread, from the map's first channel on. A row of OUTSIDE lies outside of every map.
struct __align__(16) Tap {
    int offset, row, column, unused;

    static constexpr int OUTSIDE = -(1 << 30);

    // Reads one of a table in shared memory.
    DEVICE static Tap read(const Tap& from) {
        int read[4];
        readFour(&from.offset, read);
        return {read[0], read[1], read[2], read[3]};
    }

    // The weight (c, r, s) that is number index of a group's; OUTSIDE from end on.
    template <bool SPREAD>
    DEVICE static Tap of(const Convolution& s, int index, int end) {
        if (index >= end) {
            return {0, OUTSIDE, 0, 0};
        }
        Place k(index, s.kernelArea, s.kernelWidth);
        int within = SPREAD ? 0 : k.row * s.width + k.column;
        return {k.outer * s.height * s.width + within, k.row, k.column, 0};
    }
};

// A patch of x, which may begin outside of the map. If SPREAD is true, x is seen with stride - 1 zeros after each of its
// rows and columns, and the patches stand at each row and column of that, not a stride apart.
template <bool SPREAD>
struct Patch {
    const Element* first;  // its first element in the first channel; if spread, the map's first one
    int top, left;

    // The patch of the output (n, p, q); x stands at a group's first channel.
    DEVICE static Patch of(const Convolution& s, const Element* x, int output) {
        Place o(output, s.outArea, s.outWidth);
        int top = o.row * (SPREAD ? 1 : s.strideY.value) - s.padTop;
        int left = o.column * (SPREAD ? 1 : s.strideX.value) - s.padLeft;
        int sample = o.outer * (s.channels * s.height * s.width);
        return {x + (SPREAD ? sample : sample + top * s.width + left), top, left};
    }

    DEVICE Piece piece(const Convolution& s, const Tap& tap) const {
        int row = top + tap.row, column = left + tap.column;
        if (SPREAD) {
            int h = s.strideY.quotient(row), w = s.strideX.quotient(column);
            bool real = row >= 0 && column >= 0 && h * s.strideY.value == row && w * s.strideX.value == column &&
                        h < s.height && w < s.width;
            return {first + (tap.offset + h * s.width + w), real};
        }
        bool inside = (unsigned)row < (unsigned)s.height && (unsigned)column < (unsigned)s.width;
        return {first + tap.offset, inside};
    }
};

// The patches of a group's x: columns are outputs (n, p, q), depths are weights (c, r, s). A thread keeps to one patch.
template <class T, int EXTENT, bool SPREAD>
struct Patches {
    typedef TilePieces<EXTENT, T::DEPTH, false, 1> Pieces;
    // The table's halves take turns: while one is in use, the other is made.
    static constexpr int HALF = 128;
    struct Table {
        Tap taps[2 * HALF];
    };
    const Convolution& s;
    const Element* x;  // stands at the group's first channel
    Patch<SPREAD> patch;
    int begin, end;
    int at;  // in the table, of the thread's piece 0

    DEVICE void fill(Table& table, int from) const {
        int index = threadIdx.x;
        if (index < HALF) {
            table.taps[from % (2 * HALF) + index] = Tap::of<SPREAD>(s, begin + from + index, end);
        }
    }

    DEVICE void start(Table& table, int first, int begin, int end) {
        this->begin = begin;
        this->end = end;
        patch = Patch<SPREAD>::of(s, x, min(first + Pieces::outer(0), s.samples * s.outArea.value - 1));
        if (T::ASYNCHRONOUS) {
            patch.first = settled(patch.first);
        }
        fill(table, 0);
    }
    DEVICE void step(Table& table, int depth) {
        int done = depth - begin;
        if (done % HALF == 0) {
            fill(table, done + HALF);
        }
        at = done % (2 * HALF) + Pieces::depth(0);
    }
    DEVICE Piece piece(const Table& table, int i) const { return patch.piece(s, Tap::read(table.taps[at + i])); }
};

// The same, turned: columns are weights (c, r, s), depths are outputs (n, p, q). In a step, a thread keeps to one patch.
template <class T, int EXTENT>
struct PatchesTurned {
    typedef TilePieces<EXTENT, T::DEPTH, true, 1> Pieces;
    struct Table {
        Tap taps[EXTENT];
    };
    const Convolution& s;
    const Element* x;
    int end;
    Patch<false> patch;

    DEVICE void start(Table& table, int first, int, int end) {
        this->end = end;
        int index = threadIdx.x;
        if (index < EXTENT) {
            table.taps[index] = Tap::of<false>(s, first + index, s.groupChannels * s.kernelArea.value);
        }
    }
    DEVICE void step(Table&, int depth) {
        int output = depth + Pieces::depth(0);
        patch = Patch<false>::of(s, x, output);
        patch.first = settled(patch.first);
        if (output >= end) {
            patch.top = Tap::OUTSIDE;
        }
    }
    DEVICE Piece piece(const Table& table, int i) const { return patch.piece(s, Tap::read(table.taps[Pieces::outer(i)])); }
};

// A group's dy: rows are outputs k, depths are (n, p, q).
template <class T, int EXTENT>
struct OutputGradient {
    typedef TilePieces<EXTENT, T::DEPTH, true, 1> Pieces;
    typedef NoTable Table;
    const Convolution& s;
    const Element* dy;  // stands at the group's first output
    int outer, end;
    const Element* from;  // the thread's piece 0 in the step
    int left;           // how many outputs are inside from there on; none if the depth is outside

    DEVICE void start(Table&, int first, int, int end) {
        outer = first + Pieces::outer(0);
        this->end = end;
    }
    DEVICE void step(Table&, int depth) {
        int place = depth + Pieces::depth(0);
        int n = s.outArea.quotient(place);
        from = settled(dy + (n * ((s.outputs - 1) * s.outArea.value) + outer * s.outArea.value + place));
        left = place < end ? s.groupOutputs - outer : 0;
    }
    DEVICE Piece piece(const Table&, int i) const {
        return {from + (long long)s.outArea.value * (i * Pieces::APART), i * Pieces::APART < left};
    }
};

// A group's maps (N, maps of all groups, area) as a result: rows are maps, columns are (n, place).
struct MapsResult {
    Element* maps;      // stands at the group's first map
    const float* bias;  // likewise; null for none
    int allMaps;
    const Divisor& area;
    int relu;

    DEVICE Element* at(int column) const {
        int n = area.quotient(column);
        return maps + (n * ((allMaps - 1) * area.value) + column);
    }
    DEVICE long long stride() const { return area.value; }
    DEVICE bool inQuads() const { return areAligned(maps, area.value); }
    DEVICE float finish(float sum, int map, int) const { return withBias(sum, bias, map, relu); }
};
