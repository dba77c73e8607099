package dev.tandem.nn.train;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything that makes a published result.
 *
 * @param name what it is called
 * @param network the layers, ending in logits
 * @param classes how many classes it tells apart
 * @param preprocessing what is done to every image
 * @param augmentation what varies between training passes
 * @param colourEpochs epochs with colour noise; later ones go without
 * @param sgd the optimizer
 * @param schedule the learning rate by epoch
 * @param layerRates layers that leave the schedule, by ascending epoch
 * @param epochs passes over the training set
 * @param batch images per step
 */
public record Recipe(
        String name,
        Sequential network,
        int classes,
        Preprocessing preprocessing,
        Augmentation augmentation,
        int colourEpochs,
        Sgd sgd,
        RateSchedule schedule,
        List<LayerRate> layerRates,
        int epochs,
        int batch) {
    public Recipe {
        layerRates = List.copyOf(layerRates);
        if (epochs < 1 || batch < 1 || classes < 2) {
            throw TandemException.argument(
                    "recipe " + name,
                    "below its least value",
                    "epochs " + epochs + ", batch " + batch + ", classes " + classes,
                    "epochs and batch 1 or more, classes 2 or more",
                    "Correct tandem.train.epochs or tandem.train.batch");
        }
    }

    /** A recipe whose colour noise lasts and whose layers all follow the schedule. */
    public Recipe(
            String name,
            Sequential network,
            int classes,
            Preprocessing preprocessing,
            Augmentation augmentation,
            Sgd sgd,
            RateSchedule schedule,
            int epochs,
            int batch) {
        this(name, network, classes, preprocessing, augmentation, epochs, sgd, schedule, List.of(), epochs, batch);
    }

    /** The network's input for {@code rows} images: {@code (rows, 3, crop, crop)}. */
    public Shape input(int rows) {
        return Shape.of(rows, 3, preprocessing.cropSize(), preprocessing.cropSize());
    }

    /** What varies in {@code epoch}, from 0. */
    public Augmentation augmentation(int epoch) {
        return epoch < colourEpochs ? augmentation : augmentation.withoutColour();
    }

    /** The learning rates of the layers that have left the schedule by {@code epoch}, from 0. */
    public Map<String, Double> layerRates(int epoch) {
        Map<String, Double> rates = new HashMap<>();
        layerRates.stream()
                .filter(change -> epoch >= change.epoch())
                .forEach(change -> rates.put(change.layer(), change.rate()));
        return rates;
    }

    /** This recipe over another number of epochs, everything that happens at an epoch moved alike. */
    public Recipe withEpochs(int count) {
        double factor = count / (double) epochs;
        List<LayerRate> moved = layerRates.stream()
                .map(change -> new LayerRate(change.layer(), (int) Math.round(change.epoch() * factor), change.rate()))
                .toList();
        return new Recipe(
                name,
                network,
                classes,
                preprocessing,
                augmentation,
                (int) Math.round(colourEpochs * factor),
                sgd,
                schedule.stretched(factor),
                moved,
                count,
                batch);
    }

    /** This recipe with other batches, at the same learning rates. */
    public Recipe withBatch(int images) {
        return new Recipe(
                name,
                network,
                classes,
                preprocessing,
                augmentation,
                colourEpochs,
                sgd,
                schedule,
                layerRates,
                epochs,
                images);
    }

    /** This recipe with every learning rate multiplied by {@code factor}. */
    public Recipe withRateFactor(double factor) {
        List<LayerRate> scaled = layerRates.stream()
                .map(change -> new LayerRate(change.layer(), change.epoch(), change.rate() * factor))
                .toList();
        return new Recipe(
                name,
                network,
                classes,
                preprocessing,
                augmentation,
                colourEpochs,
                sgd,
                schedule.scaled(factor),
                scaled,
                epochs,
                batch);
    }

    /** This recipe with another schedule. */
    public Recipe withSchedule(RateSchedule other) {
        return new Recipe(
                name,
                network,
                classes,
                preprocessing,
                augmentation,
                colourEpochs,
                sgd,
                other,
                layerRates,
                epochs,
                batch);
    }

    /** This recipe with another network. */
    public Recipe withNetwork(Sequential other) {
        return new Recipe(
                name,
                other,
                classes,
                preprocessing,
                augmentation,
                colourEpochs,
                sgd,
                schedule,
                layerRates,
                epochs,
                batch);
    }

    /** This recipe with other variation between training passes. */
    public Recipe withAugmentation(Augmentation other) {
        return new Recipe(
                name, network, classes, preprocessing, other, colourEpochs, sgd, schedule, layerRates, epochs, batch);
    }
}
