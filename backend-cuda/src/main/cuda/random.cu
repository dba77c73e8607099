// Philox 4x32-10 (Salmon et al., SC 2011), bit for bit as dev.tandem.spi.op.Philox.
#include "common.cuh"

// A stream of random numbers: the key words, and the counter's words but for the block number.
struct Stream {
    unsigned key0, key1;
    unsigned step, stream;
    unsigned rest;  // purpose in bits 0 to 3, the step's upper half in bits 16 to 31
};

// A part of a larger tensor along one axis: its element i lies at (i / run) * block + start + i % run in the whole.
struct Part {
    long long run;
    long long block;
    long long start;
};

// The 32-bit word of element index.
DEVICE unsigned philox(const Stream& s, unsigned long long index) {
    unsigned long long number = index >> 2;
    unsigned counter[4] = {(unsigned)number, s.step, s.stream, s.rest | (unsigned)(number >> 32) << 4};
    unsigned key0 = s.key0, key1 = s.key1;
    for (int round = 0; round < 10; round++) {
        unsigned high0 = __umulhi(0xD2511F53u, counter[0]), low0 = 0xD2511F53u * counter[0];
        unsigned high1 = __umulhi(0xCD9E8D57u, counter[2]), low1 = 0xCD9E8D57u * counter[2];
        counter[0] = high1 ^ counter[1] ^ key0;
        counter[2] = high0 ^ counter[3] ^ key1;
        counter[1] = low1;
        counter[3] = low0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    // A selection, not an index: registers cannot be indexed.
    unsigned even = index & 2 ? counter[2] : counter[0];
    unsigned odd = index & 2 ? counter[3] : counter[1];
    return index & 1 ? odd : even;
}

// out = value if the element's word is below threshold (0 to 2^32), and 0 otherwise.
// Launch: over elements.
KERNEL(bernoulli)(float* __restrict__ out, Stream stream, Part part, unsigned long long threshold, float value,
                  long long count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        long long whole = i / part.run * part.block + part.start + i % part.run;
        out[i] = philox(stream, whole) < threshold ? value : 0;
    }
}
