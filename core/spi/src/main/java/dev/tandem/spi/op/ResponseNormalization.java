package dev.tandem.spi.op;

import dev.tandem.spi.TandemException;

/**
 * Local response normalization, {@code y = x / (k + alpha * sum x'^2)^beta} (paper, section 3.3). {@code alpha} is NOT
 * divided by the size of the neighbourhood: values of the other convention are converted before.
 *
 * @param neighbourhood over which neighbours the sum runs
 * @param size the neighbourhood's side: adjacent maps, or rows and columns; odd
 * @param alpha the weight of the sum
 * @param beta the exponent
 * @param k the constant, above 0
 * @param groups equal groups of maps, 1 or more; a neighbourhood does not reach into another group
 */
public record ResponseNormalization(
        Neighbourhood neighbourhood, int size, double alpha, double beta, double k, int groups) {
    /** Over which neighbours the squares are summed. */
    public enum Neighbourhood {
        /** The {@code size} adjacent maps at the same place, fewer at the first and last maps. */
        ACROSS_MAPS,
        /** The {@code size x size} places around it in the same map, fewer at the edges. */
        WITHIN_MAP
    }

    public ResponseNormalization {
        if (size < 1 || size % 2 == 0 || !(k > 0) || !(alpha >= 0) || groups < 1 || Double.isNaN(beta)) {
            throw TandemException.argument(
                    "response normalization",
                    "parameter out of range",
                    "size " + size + ", alpha " + alpha + ", beta " + beta + ", k " + k + ", groups " + groups,
                    "odd size, alpha >= 0, k > 0, groups >= 1",
                    "The paper has size 5, alpha 1e-4, beta 0.75, k 2");
        }
    }
}
