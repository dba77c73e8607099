package dev.tandem.weights.published;

import dev.tandem.spi.Shape;
import dev.tandem.weights.tensor.Layout;
import dev.tandem.weights.tensor.StoredTensor;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a parameter comes from.
 *
 * @param parameter its name in the recipe's network
 * @param shape its shape there
 * @param pieces the tensors that it is made of, one or a group's each
 * @param factor what all elements are multiplied by
 * @param note what is done, in words; empty if it is taken as it is
 */
record ParameterSource(String parameter, Shape shape, List<Piece> pieces, float factor, String note) {
    /** A tensor, and where in the parameter its elements go. */
    record Piece(StoredTensor tensor, Layout layout) {}

    /** The names of the tensors. */
    String tensors() {
        return pieces.stream().map(piece -> piece.tensor().name()).collect(Collectors.joining(" + "));
    }

    /** The elements, row-major. */
    float[] read() {
        float[] elements = new float[shape.arrayLength()];
        pieces.forEach(piece -> piece.tensor().scatter(elements, piece.layout()));
        if (factor != 1) {
            for (int i = 0; i < elements.length; i++) {
                elements[i] *= factor;
            }
        }
        return elements;
    }
}
