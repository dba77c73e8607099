// Copies of an operand's pieces from global to shared memory, in one of two ways: through registers, which hold a
// step's elements while the step before is multiplied, or asynchronously (compute capability 8.0), which needs none.
// There are no asynchronous copies of two bytes, so single elements in bfloat16 come through registers.
#pragma once
#include "tiles.cuh"

#ifndef CUDA_EMULATION
// Begins a copy of so many elements, of 4, 8 or 16 bytes in all, to and from addresses divisible by that; if it is not
// inside, of zeros.
template <int COUNT>
DEVICE void copy(Element* to, const Element* from, bool inside) {
    constexpr int BYTES = COUNT * sizeof(Element);
    unsigned shared = (unsigned)__cvta_generic_to_shared(to);
    if constexpr (BYTES == 16) {
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared), "l"(from), "r"(inside ? 16 : 0));
    } else {
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared), "l"(from), "n"(BYTES),
                     "r"(inside ? BYTES : 0));
    }
}

#ifdef ELEMENTS_IN_BF16
// The bits of an element in global memory; if it is not inside, zeros. The compiler would keep 16 bits, and move them to
// other registers before the multiplication, where they are waited for.
DEVICE unsigned readBits(const Element* from, bool inside) {
    unsigned bits;
    asm("{\n\t.reg .pred inside;\n\tsetp.ne.s32 inside, %2, 0;\n\tmov.b32 %0, 0;\n\t"
        "@inside ld.global.nc.u16 %0, [%1];\n\t}"
        : "=r"(bits)
        : "l"(from), "r"((int)inside));
    return bits;
}
#endif

// The same address. The compiler takes it as new: otherwise it would find it anew in each step, from all its parts.
DEVICE const Element* settled(const Element* address) {
    asm("" : "+l"(address));
    return address;
}

// The same number; the compiler does not find it earlier than here. What only the end of a kernel needs is not kept in
// registers while it runs.
DEVICE int late(int number) {
    asm volatile("" : "+r"(number));
    return number;
}

// The copies that this thread began since the last call become a group.
DEVICE void endCopies() { asm volatile("cp.async.commit_group;"); }

// Waits for the thread's groups but the last PENDING ones.
template <int PENDING>
DEVICE void waitForCopies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}
#endif

// A piece of one of an operand's rows or columns: the elements from an address on, of which count are inside and the
// others are zero.
struct Piece {
    const Element* from;
    int count;
};

// An operand is a type with
//   Pieces                            which elements of a tile a thread copies
//   inFours                           for pieces of four: whether all have addresses that are read four elements at
//                                     once from, and are either inside or outside as a whole
//   Table                             what it keeps in shared memory, which the block's threads make together
//   start(table, first, begin, end)   the tile's first row or column, and the depths to sum over; a barrier follows
//   step(table, depth)                goes to the tile from this depth on, DEPTH further than before
//   piece(table, i)                   the thread's piece i of it
struct NoTable {};

#ifdef ELEMENTS_IN_BF16
// From the lower halves of four words.
DEVICE void storeFour(Element* to, const unsigned* from) {
    *(uint2*)to = {__byte_perm(from[0], from[1], 0x5410), __byte_perm(from[2], from[3], 0x5410)};
}
#endif

// Copies that come through registers, in single precision.
template <class Operand>
struct StagedCopies {
    typedef typename Operand::Pieces P;
    float values[P::COUNT][P::WIDTH];

    DEVICE void begin(Operand& operand, const typename Operand::Table& table) {
#pragma unroll
        for (int i = 0; i < P::COUNT; i++) {
            auto piece = operand.piece(table, i);
            if constexpr (P::WIDTH == 4) {
                if (operand.inFours) {
                    float4 read = {0, 0, 0, 0};
                    if (piece.count > 0) {
                        read = __ldg((const float4*)piece.from);
                    }
                    spread(read, values[i]);
                    continue;
                }
            }
#pragma unroll
            for (int n = 0; n < P::WIDTH; n++) {
                values[i][n] = n < piece.count ? __ldg(piece.from + n) : 0;
            }
        }
    }

    template <class Tile>
    DEVICE void end(Tile& tile) const {
#pragma unroll
        for (int i = 0; i < P::COUNT; i++) {
            if constexpr (P::WIDTH == 4 && !P::DEPTH_FIRST) {
                store(tile.at(P::outer(i), P::depth(i)), values[i]);
            } else {
#pragma unroll
                for (int n = 0; n < P::WIDTH; n++) {
                    *tile.at(P::outer(i), P::depth(i) + n) = values[i][n];
                }
            }
        }
    }
};

// Copies that need no registers.
template <class Operand>
struct AsynchronousCopies {
    typedef typename Operand::Pieces P;

    template <class Tile>
    DEVICE void begin(Operand& operand, const typename Operand::Table& table, Tile& tile) {
        if constexpr (P::WIDTH == 4) {
            if (!operand.inFours) {
                singly(operand, table, tile);
                return;
            }
        }
        // Four at a time: after each read of the table, the copies that follow wait a little.
#pragma unroll
        for (int first = 0; first < P::COUNT; first += 4) {
            Piece pieces[4];
#pragma unroll
            for (int i = first; i < P::COUNT && i < first + 4; i++) {
                pieces[i - first] = operand.piece(table, i);
            }
#pragma unroll
            for (int i = first; i < P::COUNT && i < first + 4; i++) {
                copy<P::WIDTH>(tile.at(P::outer(i), P::depth(i)), pieces[i - first].from, pieces[i - first].count > 0);
            }
        }
    }

    // After the multiplication of the step in which the copies began.
    template <class Tile>
    DEVICE void end(Tile&) const {}

    // The elements of fours one by one.
    template <class Tile>
    DEVICE static void singly(Operand& operand, const typename Operand::Table& table, Tile& tile) {
#ifdef ELEMENTS_IN_BF16
        unsigned values[P::COUNT][4];
#pragma unroll
        for (int i = 0; i < P::COUNT; i++) {
            Piece piece = operand.piece(table, i);
#pragma unroll
            for (int n = 0; n < 4; n++) {
                values[i][n] = readBits(piece.from + n, n < piece.count);
            }
        }
#pragma unroll
        for (int i = 0; i < P::COUNT; i++) {
            storeFour(tile.at(P::outer(i), P::depth(i)), values[i]);
        }
#else
        // A loop, so that this code, which is seldom needed, is skipped by a jump.
#pragma unroll 1
        for (int n = 0; n < 4; n++) {
#pragma unroll
            for (int i = 0; i < P::COUNT; i++) {
                Piece piece = operand.piece(table, i);
                copy<1>(tile.at(P::outer(i), P::depth(i)) + n, piece.from + n, n < piece.count);
            }
        }
#endif
    }
};

#ifdef ELEMENTS_IN_BF16
// Copies of single elements through registers.
template <class Operand>
struct NarrowStagedCopies {
    typedef typename Operand::Pieces P;
    unsigned values[P::COUNT];

    template <class Tile>
    DEVICE void begin(Operand& operand, const typename Operand::Table& table, Tile&) {
#pragma unroll
        for (int i = 0; i < P::COUNT; i++) {
            Piece piece = operand.piece(table, i);
            values[i] = readBits(piece.from, piece.count > 0);
        }
    }

    template <class Tile>
    DEVICE void end(Tile& tile) const {
        if constexpr (P::DEPTH_FIRST) {
#pragma unroll
            for (int i = 0; i < P::COUNT; i++) {
                tile.at(P::outer(i), P::depth(i))->bits = values[i];
            }
        } else {
            // The pieces are neighbours in depth.
#pragma unroll
            for (int i = 0; i < P::COUNT; i += 4) {
                storeFour(tile.at(P::outer(i), P::depth(i)), values + i);
            }
        }
    }
};

template <class Operand>
using Copies = typename Choice<Operand::Pieces::WIDTH == 1, NarrowStagedCopies<Operand>,
                               AsynchronousCopies<Operand>>::Type;
#else
template <class Operand>
using Copies = AsynchronousCopies<Operand>;
#endif

// A dense matrix as an operand, its rows or columns one after another in memory, stride apart. inFours tells whether
// all of them begin at addresses divisible by 16.
template <class T, int EXTENT>
struct DepthFirstMatrix {
    typedef TilePieces<EXTENT, T::DEPTH, true, 4> Pieces;
    typedef NoTable Table;
    const Element* elements;
    int outers, stride;
    bool inFours;
    const Element* from[Pieces::COUNT];  // the thread's pieces in the step
    int depth, end;

    // What there is of rows or columns outside is not used: the last one stands in.
    DEVICE void start(Table&, int first, int begin, int end) {
        this->end = end;
#pragma unroll
        for (int i = 0; i < Pieces::COUNT; i++) {
            int outer = min(first + Pieces::outer(i), outers - 1);
            from[i] = settled(elements + ((long long)outer * stride + (begin - T::DEPTH + Pieces::depth(0))));
        }
    }
    DEVICE void step(Table&, int depth) {
        this->depth = depth + Pieces::depth(0);
#pragma unroll
        for (int i = 0; i < Pieces::COUNT; i++) {
            from[i] += T::DEPTH;
        }
    }
    DEVICE Piece piece(const Table&, int i) const { return {from[i], end - depth}; }
};

// The same if its depths are one after another, stride apart.
template <class T, int EXTENT>
struct OuterFirstMatrix {
    typedef TilePieces<EXTENT, T::DEPTH, false, 4> Pieces;
    typedef NoTable Table;
    const Element* elements;
    int outers, stride;
    bool inFours;
    const Element* from;  // the thread's piece 0 in the step
    int left;           // how many rows or columns are inside from there on
    int depth, end;

    DEVICE void start(Table&, int first, int begin, int end) {
        int outer = first + Pieces::outer(0);
        from = settled(elements + outer + (long long)(begin - T::DEPTH + Pieces::depth(0)) * stride);
        left = outers - outer;
        this->end = end;
    }
    DEVICE void step(Table&, int depth) {
        this->depth = depth;
        from += (long long)stride * T::DEPTH;
    }
    DEVICE Piece piece(const Table&, int i) const {
        return {from + (long long)stride * (i * Pieces::APART), depth + Pieces::depth(i) < end ? left : 0};
    }
};

template <class T, int EXTENT, bool DEPTH_FIRST>
using MatrixOperand =
    typename Choice<DEPTH_FIRST, DepthFirstMatrix<T, EXTENT>, OuterFirstMatrix<T, EXTENT>>::Type;
