// Functions applied element by element. Outputs may be the inputs, so pointers are not declared free of aliases.
#include "common.cuh"

// y = scale * x + shift
// Launch: over fours.
KERNEL(affine)(const Element* x, float scale, float shift, Element* y, long long count) {
    inFours(count, [&](long long first, auto n) {
        float values[n.value];
        load(x + first, values);
        for (float& value : values) {
            value = scale * value + shift;
        }
        store(y + first, values);
    });
}

// y = f(x)
// Launch: over fours.
KERNEL(unary)(int f, const Element* x, Element* y, long long count) {
    chooseUnary(f, [&](auto function) {
        inFours(count, [&](long long first, auto n) {
            float values[n.value];
            load(x + first, values);
            for (float& value : values) {
                value = applyUnary(function.value, value);
            }
            store(y + first, values);
        });
    });
}

// dx = f'(saved) * dy
// Launch: over fours.
KERNEL(unary_backward)(int f, const Element* saved, const Element* dy, Element* dx, long long count) {
    chooseUnary(f, [&](auto function) {
        inFours(count, [&](long long first, auto n) {
            float values[n.value], gradients[n.value];
            load(saved + first, values);
            load(dy + first, gradients);
            for (int j = 0; j < n.value; j++) {
                gradients[j] = derivativeOfUnary(function.value, values[j]) * gradients[j];
            }
            store(dx + first, gradients);
        });
    });
}

// out = f(a, b) for equal shapes.
// Launch: over fours.
KERNEL(binary)(int f, const Element* a, const Element* b, Element* out, long long count) {
    chooseBinary(f, [&](auto function) {
        inFours(count, [&](long long first, auto n) {
            float left[n.value], right[n.value];
            load(a + first, left);
            load(b + first, right);
            for (int j = 0; j < n.value; j++) {
                left[j] = applyBinary(function.value, left[j], right[j]);
            }
            store(out + first, left);
        });
    });
}

// The index in the narrow tensor for each index in the wide one. Neighbouring axes that are all repeated, or all not
// repeated, are one axis here. Outermost first; a repeated axis has step 0.
struct Broadcast {
    Divisor extent[4];  // 1 for axes that are not there
    int step[4];

    DEVICE int partner(int index) const {
        int place = 0;
#pragma unroll  // with constant indices, the struct stays out of local memory
        for (int axis = 3; axis >= 0; axis--) {
            int outer = extent[axis].quotient(index);
            place += (index - outer * extent[axis].value) * step[axis];
            index = outer;
        }
        return place;
    }
};

// out = f(a, b), with b repeated along some axes.
// Launch: over elements.
KERNEL(binary_broadcast)(int f, const Element* a, const float* b, Element* out, Broadcast broadcast, int count) {
    for (long long i = firstElement(); i < count; i += elementStep()) {
        put(out + i, applyBinary(f, get(a[i]), b[broadcast.partner((int)i)]));
    }
}

// y = f(y + bias) in place, for y (N, channels, inner) and bias (channels) or null.
// Launch: over fours.
KERNEL(bias_activation)(const float* bias, int f, Element* y, Divisor inner, Divisor channels, int count) {
    chooseUnary(f, [&](auto function) {
        inFours(count, [&](long long first, auto n) {
            float values[n.value];
            load(y + first, values);
            if (bias) {
                int row = inner.quotient((int)first);
                int place = (int)first - row * inner.value;
                int channel = row - channels.quotient(row) * channels.value;
                float term = bias[channel];
                for (int j = 0; j < n.value; j++) {
                    if (j > 0 && ++place == inner.value) {
                        place = 0;
                        channel = channel + 1 < channels.value ? channel + 1 : 0;
                        term = bias[channel];
                    }
                    values[j] += term;
                }
            }
            for (float& value : values) {
                value = applyUnary(function.value, value);
            }
            store(y + first, values);
        });
    });
}
