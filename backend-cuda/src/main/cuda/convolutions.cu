// Convolutions in tiles of the module's elements.
#include "convolutions.cuh"

CONVOLUTIONS(large, LargeTiles)
CONVOLUTIONS(small, SmallTiles)

// The weights w (K, C/groups, R, S) for the gradient with respect to the data: out (C, K/groups, R, S), rows and columns
// in reverse. Launch: over elements.
KERNEL(turn_weights)(const float* __restrict__ w, Element* __restrict__ out, Divisor groupChannels,
                     Divisor groupOutputs, Divisor kernelArea, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        int map = kernelArea.quotient((int)i);
        int place = (int)i - map * kernelArea.value;
        int channel = groupOutputs.quotient(map);
        int output = map - channel * groupOutputs.value;
        int group = groupChannels.quotient(channel);
        long long from = (long long)(group * groupOutputs.value + output) * groupChannels.value +
                         (channel - group * groupChannels.value);
        put(out + i, w[from * kernelArea.value + (kernelArea.value - 1 - place)]);
    }
}
