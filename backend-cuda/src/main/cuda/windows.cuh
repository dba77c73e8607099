// Windows that slide over maps: pooling and unfolding.
#pragma once
#include "common.cuh"

struct Windows {
    Divisor mapWidth, mapArea;  // W, H W
    Divisor outWidth, outArea;  // Q, P Q
    int mapHeight, outHeight;   // H, P
    int windowHeight;
    Divisor windowWidth;
    Divisor strideY, strideX;
    int padTop, padLeft;
};

// Rows top to bottom - 1 and columns left to right - 1.
struct Rectangle {
    int top, bottom, left, right;
};

// The elements of the map in the window of output (p, q).
DEVICE Rectangle windowOf(const Windows& s, int p, int q) {
    int top = p * s.strideY.value - s.padTop, left = q * s.strideX.value - s.padLeft;
    return {max(top, 0), min(top + s.windowHeight, s.mapHeight), max(left, 0),
            min(left + s.windowWidth.value, s.mapWidth.value)};
}

// The first window along one axis that reaches the map's position, and the one after the last.
DEVICE void windowsOver(int position, int pad, int window, const Divisor& stride, int windows, int& first, int& end) {
    int reach = position + pad;
    first = reach < window ? 0 : stride.quotient(reach - window) + 1;
    end = min(stride.quotient(reach) + 1, windows);
}

// The outputs whose windows hold the map's element (h, w).
DEVICE Rectangle outputsOver(const Windows& s, int h, int w) {
    Rectangle r;
    windowsOver(h, s.padTop, s.windowHeight, s.strideY, s.outHeight, r.top, r.bottom);
    windowsOver(w, s.padLeft, s.windowWidth.value, s.strideX, s.outWidth.value, r.left, r.right);
    return r;
}

// Splits an element's index into its map, row and column.
DEVICE void split(int index, const Divisor& area, const Divisor& width, int& map, int& row, int& column) {
    map = area.quotient(index);
    int place = index - map * area.value;
    row = width.quotient(place);
    column = place - row * width.value;
}
