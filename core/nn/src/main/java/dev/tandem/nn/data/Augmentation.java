package dev.tandem.nn.data;

import dev.tandem.spi.TandemException;

/**
 * How images vary between training passes (paper, section 4.1).
 *
 * @param randomCrop a crop at a uniformly random offset, 0 to image - crop inclusive, instead of the centre
 * @param reflection a horizontal reflection with probability one half
 * @param colour how the principal components of the training set's colours are added
 * @param colourScale the standard deviation of the three random factors: 0.1 in the paper
 * @param divisor what a varied image, less its mean, is divided by: 1 in the paper, 1.1 in the authors' program while
 *     it adds noise, so that noise does not widen the inputs
 * @param beforeCrop one's own variations of the stored square, before anything else is done
 * @param afterCrop one's own variations of the network's input, after all else is done
 */
public record Augmentation(
        boolean randomCrop,
        boolean reflection,
        Colour colour,
        double colourScale,
        double divisor,
        TransformChain beforeCrop,
        TransformChain afterCrop) {
    /** What multiplies the principal colour directions, besides the random factor. */
    public enum Colour {
        /** No colour noise. */
        NONE,
        /** The square roots of the covariance's eigenvalues, as the authors' program does. */
        STANDARD_DEVIATION,
        /** The eigenvalues, by the paper's formula, for pixels scaled to 0 .. 1. */
        EIGENVALUE
    }

    public Augmentation {
        if (!(colourScale >= 0 && colourScale <= 10) || !(divisor > 0 && divisor <= 100)) {
            throw TandemException.argument(
                    "augmentation",
                    "colour scale or divisor out of range",
                    colourScale + " and " + divisor,
                    "0 to 10, and above 0 to 100",
                    "The paper has 0.1 and 1");
        }
    }

    /** No variation: the centre crop, as it is. */
    public static Augmentation none() {
        return new Augmentation(false, false, Colour.NONE, 0, 1, TransformChain.NONE, TransformChain.NONE);
    }

    /** Random crops, reflections and colour noise of 0.1 standard deviations (paper, section 4.1). */
    public static Augmentation paper() {
        return none().withRandomCrop().withReflection().withColour(Colour.STANDARD_DEVIATION, 0.1);
    }

    /** With random crops. */
    public Augmentation withRandomCrop() {
        return new Augmentation(true, reflection, colour, colourScale, divisor, beforeCrop, afterCrop);
    }

    /** With reflections. */
    public Augmentation withReflection() {
        return new Augmentation(randomCrop, true, colour, colourScale, divisor, beforeCrop, afterCrop);
    }

    /** With colour noise of this kind and scale. */
    public Augmentation withColour(Colour kind, double scale) {
        return new Augmentation(randomCrop, reflection, kind, scale, divisor, beforeCrop, afterCrop);
    }

    /** With this divisor. */
    public Augmentation withDivisor(double value) {
        return new Augmentation(randomCrop, reflection, colour, colourScale, value, beforeCrop, afterCrop);
    }

    /** With a variation of one's own of the stored square, after those that there are. */
    public Augmentation beforeCrop(Transform transform) {
        return new Augmentation(
                randomCrop, reflection, colour, colourScale, divisor, beforeCrop.then(transform), afterCrop);
    }

    /** With a variation of one's own of the network's input, after those that there are. */
    public Augmentation afterCrop(Transform transform) {
        return new Augmentation(
                randomCrop, reflection, colour, colourScale, divisor, beforeCrop, afterCrop.then(transform));
    }

    /** This variation without colour noise, and so without the divisor that compensates for it. */
    public Augmentation withoutColour() {
        return withColour(Colour.NONE, 0).withDivisor(1);
    }
}
