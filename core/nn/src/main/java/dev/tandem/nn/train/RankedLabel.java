package dev.tandem.nn.train;

/**
 * Where the label of an image stands among the classes that are predicted for it: all that the errors of many images are
 * made of.
 *
 * @param label the image's class
 * @param rank how many classes are likelier, 0 for an image that is recognised
 * @param probability what is predicted for the label
 * @param likeliest the class that is predicted
 */
public record RankedLabel(int label, int rank, double probability, int likeliest) {
    /**
     * Where {@code label} stands.
     *
     * @param probabilities of each class
     */
    public static RankedLabel of(double[] probabilities, int label) {
        return new RankedLabel(
                label,
                Predictions.rank(probabilities, label),
                probabilities[label],
                Predictions.likeliest(probabilities));
    }
}
