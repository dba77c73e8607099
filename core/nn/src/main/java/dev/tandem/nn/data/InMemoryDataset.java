package dev.tandem.nn.data;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A data set in the arrays of a program, for inputs of any shape:
 *
 * <pre>{@code
 * Dataset digits = InMemoryDataset.of(Shape.of(1, 28, 28), inputs, labels).withValidationShare(0.2, 1);
 * }</pre>
 *
 * <p>Inputs go to the network as they are. There is no stored square, so of an {@link Augmentation} only reflection,
 * the divisor and the transforms after the crop apply; anything else is refused. Batches are made by the thread that
 * asks for them. The arrays are not copied: do not change them while the data set is in use.
 */
public final class InMemoryDataset implements Dataset {
    private static final String OPERATION = "in-memory data";
    /** The stream of the order by which validation samples are chosen; 0 is the order of an epoch. */
    private static final int SPLIT_STREAM = 1;

    private final Shape sample;
    private final Shape target;
    private final List<String> classNames;
    private final Samples training;
    private final Samples validation;

    private InMemoryDataset(Shape sample, Shape target, List<String> classNames, Samples training, Samples validation) {
        this.sample = sample;
        this.target = target;
        this.classNames = List.copyOf(classNames);
        this.training = training;
        this.validation = validation;
    }

    /**
     * Samples to train on, none to validate on. The classes are 0 to the highest label, named by their numbers.
     *
     * @param sample the shape of one sample: {@code (C, H, W)}, {@code (features)} or any other
     * @param inputs each sample's values, row-major
     * @param labels each sample's class, 0 or more
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if there are no samples, not as many
     *     labels, a sample of another length, a value that is not finite, or a label below 0
     */
    public static InMemoryDataset of(Shape sample, float[][] inputs, int[] labels) {
        Samples training = Samples.of(OPERATION, sample, inputs, labels);
        requireSome(training);
        int classes = 1 + Arrays.stream(labels).max().orElseThrow();
        training.requireLabels(OPERATION, classes);
        List<String> names =
                IntStream.range(0, classes).mapToObj(Integer::toString).toList();
        return new InMemoryDataset(sample, null, names, training, Samples.none());
    }

    /**
     * Samples whose targets are numbers, to train on; none to validate on. There are no classes.
     *
     * @param sample the shape of one sample
     * @param inputs each sample's values, row-major
     * @param target the shape of one target: {@code (1)} for one number, {@code (labels)} for labels of 0 and 1
     * @param targets each sample's target, row-major
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if there are no samples, not as many
     *     targets, one of another length, or a value that is not finite
     */
    public static InMemoryDataset of(Shape sample, float[][] inputs, Shape target, float[][] targets) {
        Samples training = Samples.of(OPERATION, sample, inputs, target, targets);
        requireSome(training);
        return new InMemoryDataset(sample, target, List.of(), training, Samples.none());
    }

    private static void requireSome(Samples training) {
        if (training.size() == 0) {
            throw TandemException.argument(OPERATION, "nothing to train on", "no samples", "one or more", "");
        }
    }

    /**
     * The same with these names of the classes, in the order of the labels.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if a label has no name, or the targets are
     *     numbers
     */
    public InMemoryDataset withClassNames(List<String> names) {
        requireKind(false);
        training.requireLabels(OPERATION, names.size());
        validation.requireLabels(OPERATION, names.size());
        return new InMemoryDataset(sample, target, names, training, validation);
    }

    /**
     * The same with these samples to validate on.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) as {@link #of}, and if a label is not
     *     one of the classes
     */
    public InMemoryDataset withValidation(float[][] inputs, int[] labels) {
        requireKind(false);
        Samples samples = Samples.of(OPERATION, sample, inputs, labels);
        samples.requireLabels(OPERATION, classNames.size());
        return new InMemoryDataset(sample, target, classNames, training, samples);
    }

    /**
     * The same with these samples to validate on, whose targets are numbers.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) as {@link #of}
     */
    public InMemoryDataset withValidation(float[][] inputs, float[][] targets) {
        requireKind(true);
        Samples samples = Samples.of(OPERATION, sample, inputs, target, targets);
        return new InMemoryDataset(sample, target, classNames, training, samples);
    }

    private void requireKind(boolean numbers) {
        if (numbers != (target != null)) {
            throw TandemException.argument(
                    OPERATION,
                    "targets of two kinds",
                    numbers ? "numbers" : "labels",
                    target == null ? "labels" : "numbers of shape " + target,
                    "Give all samples the same kind");
        }
    }

    /**
     * The same with a share of the training samples, above 0 and below 1, to validate on instead: one sample or more,
     * drawn at random by {@code seed}. It replaces the samples that were validated on before.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if the share is out of range, or
     *     there is only one sample
     */
    public InMemoryDataset withValidationShare(double share, long seed) {
        if (!(share > 0 && share < 1)) {
            throw TandemException.argument(
                    OPERATION,
                    "share to validate on out of range",
                    share,
                    "above 0 and below 1",
                    "0.2 validates on a fifth");
        }
        if (training.size() < 2) {
            throw TandemException.argument(
                    OPERATION, "nothing can be split off", "1 sample", "2 or more", "Pass more samples");
        }
        int[] order = Philox.permutation(new RandomKey(seed, Purpose.ORDER, 0, SPLIT_STREAM), training.size());
        int count = (int) Math.max(1, Math.min(training.size() - 1, Math.round(share * training.size())));
        return new InMemoryDataset(
                sample,
                target,
                classNames,
                training.choose(Arrays.copyOfRange(order, count, order.length)),
                training.choose(Arrays.copyOf(order, count)));
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public Shape sampleShape() {
        return sample;
    }

    @Override
    public Shape targetShape() {
        return target;
    }

    private Shape targets(int batchSize) {
        return target == null ? null : target.batchOf(batchSize);
    }

    @Override
    public int trainingSize() {
        return training.size();
    }

    @Override
    public List<Integer> trainingSizes() {
        if (target != null) {
            return List.of();
        }
        int[] counts = new int[classNames.size()];
        for (int label : training.labels()) {
            counts[label]++;
        }
        return Arrays.stream(counts).boxed().toList();
    }

    @Override
    public int validationSize() {
        return validation.size();
    }

    @Override
    public String fingerprint() {
        return Samples.fingerprint(sample, classNames, training, validation);
    }

    @Override
    public BatchStream training(Augmentation augmentation, long seed, int epoch, int firstBatch, int batchSize) {
        return training(augmentation, seed, epoch, firstBatch, batchSize, BatchMemory.ARRAYS);
    }

    @Override
    public BatchStream training(
            Augmentation augmentation, long seed, int epoch, int firstBatch, int batchSize, BatchMemory memory) {
        requireApplicable(augmentation);
        int batches = training.size() / Math.max(1, batchSize);
        if (batchSize < 1 || batches == 0) {
            throw TandemException.argument(
                    OPERATION,
                    "no full batch",
                    "a batch of " + batchSize,
                    "1 to " + training.size() + ", the number of training samples",
                    "Set a batch size in that range");
        }
        if (firstBatch < 0 || firstBatch > batches || epoch < 0) {
            throw TandemException.argument(
                    OPERATION,
                    "no such position",
                    "epoch " + epoch + ", batch " + firstBatch,
                    "epoch 0 or more, batch 0 to " + batches,
                    "Resume with the batch size the position was written for");
        }
        int[] order = Philox.permutation(new RandomKey(seed, Purpose.ORDER, epoch, 0), training.size());
        int[] chosen = Arrays.copyOfRange(order, firstBatch * batchSize, batches * batchSize);
        SampleVariation variation = new SampleVariation(augmentation, sample, seed, epoch);
        return new SampleBatches(sample.batchOf(batchSize), targets(batchSize), memory, training, chosen, variation);
    }

    private void requireApplicable(Augmentation augmentation) {
        boolean square = augmentation.randomCrop()
                || augmentation.colour() != Augmentation.Colour.NONE
                || !augmentation.beforeCrop().isEmpty();
        if (square || (augmentation.reflection() && sample.rank() != 3)) {
            throw TandemException.argument(
                    OPERATION,
                    "a variation that samples of shape " + sample + " cannot have",
                    augmentation,
                    "no random crop, no colour noise, nothing before the crop, reflection only of (C, H, W)",
                    "Give the recipe Augmentation.none(), with afterCrop(...) for variation of your own");
        }
    }

    @Override
    public BatchStream validation(Views views, int batchSize) {
        return validation(views, batchSize, BatchMemory.ARRAYS);
    }

    @Override
    public BatchStream validation(Views views, int batchSize, BatchMemory memory) {
        if (batchSize < 1 || views != Views.CENTRE) {
            throw TandemException.argument(
                    OPERATION,
                    "samples have one view, and a batch a row",
                    views + " in a batch of " + batchSize,
                    "CENTRE in a batch of 1 or more",
                    "");
        }
        int[] all = IntStream.range(0, validation.size()).toArray();
        return new SampleBatches(sample.batchOf(batchSize), targets(batchSize), memory, validation, all, null);
    }

    /** Does nothing: only memory is held. */
    @Override
    public void close() {}
}
