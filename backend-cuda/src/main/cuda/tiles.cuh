// The tiles of operands in shared memory. Each tile holds EXTENT rows of the left operand, or columns of the right one,
// over DEPTH depths; at(outer, depth) is where an element stands. A thread copies elements in pieces, which each keep
// their neighbours: of four elements that are neighbours in global memory, or of one.
#pragma once
#include "common.cuh"

#define SIDE 16
#define THREADS (SIDE * SIDE)

// For single precision: a row for each depth, as threads read neighbours in rows or columns. The padding keeps rows
// aligned for reads of four numbers, and puts the elements that a warp writes together in other banks.
template <int EXTENT, int DEPTH>
struct ExactTile {
    float elements[DEPTH][EXTENT + 4];

    DEVICE float* at(int outer, int depth) { return &elements[depth][outer]; }
};

// For TF32, depth 16. Lane "place" of a quad takes depths 4 place to 4 place + 3 of each row. Operands whose memory has
// neighbours in depth are kept so, too. Two rows fill all banks, so neither copies nor reads have conflicts.
template <int EXTENT>
struct DepthFirstTile {
    float elements[EXTENT][16];

    DEVICE float* at(int outer, int depth) { return &elements[outer][depth]; }
};

// For TF32, operands whose memory has neighbours in rows or columns. The depths that the lanes of a quad read together,
// 4 apart, are neighbours here, and the padding puts them in other banks.
template <int EXTENT>
struct OuterFirstTile {
    float elements[16][EXTENT + 8];

    DEVICE float* at(int outer, int depth) { return &elements[depth % 4 * 4 + depth / 4][outer]; }
};

// For bfloat16, depth 16. Lane "place" of a quad takes depths 4 place to 4 place + 3 of each row. BLOCK rows stand one
// after another, which a lane reads in turn; the padding behind them puts the next lanes' rows in other banks.
template <int EXTENT>
struct NarrowDepthFirstTile {
    static constexpr int BLOCK_ROWS = EXTENT / SIDE;
    Element elements[SIDE][BLOCK_ROWS * 16 + 32];

    DEVICE Element* at(int outer, int depth) {
        return &elements[outer / BLOCK_ROWS][outer % BLOCK_ROWS * 16 + depth];
    }
};

// As OuterFirstTile, for bfloat16.
template <int EXTENT>
struct NarrowOuterFirstTile {
    Element elements[16][EXTENT + 16];

    DEVICE Element* at(int outer, int depth) { return &elements[depth % 4 * 4 + depth / 4][outer]; }
};

// Which elements of a tile a thread copies: COUNT pieces of WIDTH elements. Neighbouring threads copy what are
// neighbours in memory: in depth if DEPTH_FIRST is true, otherwise in rows or columns.
template <int EXTENT, int DEPTH, bool DEPTH_FIRST_, int WIDTH_>
struct TilePieces {
    static constexpr bool DEPTH_FIRST = DEPTH_FIRST_;
    static constexpr int WIDTH = WIDTH_;
    static constexpr int COUNT = EXTENT * DEPTH / WIDTH / THREADS;
    // Pieces along the first axis, and how far the thread's pieces are apart along the other one.
    static constexpr int FIRST = (DEPTH_FIRST ? DEPTH : EXTENT) / WIDTH, APART = THREADS / FIRST;

    DEVICE static int outer(int i) {
        return DEPTH_FIRST ? threadIdx.x / FIRST + i * APART : threadIdx.x % FIRST * WIDTH;
    }
    // Pieces of one element are neighbours in depth.
    DEVICE static int depth(int i) {
        return DEPTH_FIRST  ? threadIdx.x % FIRST * WIDTH
               : WIDTH == 1 ? threadIdx.x / FIRST * COUNT + i
                            : threadIdx.x / FIRST + i * APART;
    }
};

#ifndef CUDA_EMULATION
// Four neighbours in shared memory, at an address divisible by 16. As a plain read, nvcc would note which of the four
// are used, and not in each run in the same places.
DEVICE void readFour(const float* shared, float (&to)[4]) {
    asm volatile("ld.shared.v4.f32 {%0, %1, %2, %3}, [%4];"
                 : "=f"(to[0]), "=f"(to[1]), "=f"(to[2]), "=f"(to[3])
                 : "r"((unsigned)__cvta_generic_to_shared(shared)));
}
DEVICE void readFour(const int* shared, int (&to)[4]) {
    asm volatile("ld.shared.v4.b32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"((unsigned)__cvta_generic_to_shared(shared)));
}
#endif

DEVICE void spread(const float4& read, float (&to)[4]) {
    to[0] = read.x;
    to[1] = read.y;
    to[2] = read.z;
    to[3] = read.w;
}

// Whether every row of a matrix begins at an address that is read four elements at once from, if they are stride apart.
template <class E>
DEVICE bool areAligned(const E* elements, int stride) {
    return (((size_t)elements / sizeof(E) | (size_t)stride) & 3) == 0;
}

template <class T>
struct ExactSums;
template <class T, bool A_DEPTH_FIRST, bool B_DEPTH_FIRST>
struct TensorSums;
struct Tf32Registers;
struct Bf16Registers;

template <bool CONDITION, class Then, class Else>
struct Choice {
    typedef Then Type;
};
template <class Then, class Else>
struct Choice<false, Then, Else> {
    typedef Else Type;
};

// The kinds of tiled products: the tiles' sizes, how many tiles of an operand stand in shared memory, and the least
// number of blocks for which a multiprocessor must have registers. An operand's pieces decide its tile.
template <int ROWS_, int COLUMNS_, int DEPTH_, int BLOCKS_>
struct Exact {
    static constexpr bool ASYNCHRONOUS = false;
    static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = DEPTH_, BLOCKS = BLOCKS_, STAGES = 2;
    template <int EXTENT, class Pieces>
    using Tile = ExactTile<EXTENT, DEPTH>;
    template <class PiecesOfA, class PiecesOfB>
    using Sums = ExactSums<Exact>;
};

template <int ROWS_, int COLUMNS_, int STAGES_, int BLOCKS_>
struct Tf32 {
    typedef Tf32Registers Registers;
    static constexpr bool ASYNCHRONOUS = true;
    static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = 16, BLOCKS = BLOCKS_, STAGES = STAGES_;
    template <int EXTENT, class Pieces>
    using Tile = typename Choice<Pieces::DEPTH_FIRST, DepthFirstTile<EXTENT>, OuterFirstTile<EXTENT>>::Type;
    template <class PiecesOfA, class PiecesOfB>
    using Sums = TensorSums<Tf32, PiecesOfA::DEPTH_FIRST, PiecesOfB::DEPTH_FIRST>;
};

// Pieces of one element pass through registers, so they can be put in pairs, which are neighbours in depth.
template <int ROWS_, int COLUMNS_, int STAGES_, int BLOCKS_>
struct InBf16 {
    typedef Bf16Registers Registers;
    static constexpr bool ASYNCHRONOUS = true;
    static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = 16, BLOCKS = BLOCKS_, STAGES = STAGES_;
    template <class Pieces>
    static constexpr bool DEPTH_FIRST = Pieces::DEPTH_FIRST || Pieces::WIDTH == 1;
    template <int EXTENT, class Pieces>
    using Tile = typename Choice<DEPTH_FIRST<Pieces>, NarrowDepthFirstTile<EXTENT>, NarrowOuterFirstTile<EXTENT>>::Type;
    template <class PiecesOfA, class PiecesOfB>
    using Sums = TensorSums<InBf16, DEPTH_FIRST<PiecesOfA>, DEPTH_FIRST<PiecesOfB>>;
};

// A step ahead of the multiplication takes half the memory in bfloat16, so there are more of them.
#ifdef ELEMENTS_IN_BF16
typedef InBf16<128, 128, 4, 2> LargeTiles;
typedef InBf16<64, 64, 4, 3> SmallTiles;
#else
typedef Exact<128, 128, 8, 2> LargeTiles;
typedef Exact<64, 64, 16, 3> SmallTiles;
#endif
typedef Tf32<128, 128, 2, 2> LargeTf32Tiles;
typedef Tf32<64, 64, 4, 3> SmallTf32Tiles;
