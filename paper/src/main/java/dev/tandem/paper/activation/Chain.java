package dev.tandem.paper.activation;

import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.LeakyRelu;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.NetworkBuilder;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.spi.op.SgdStep;

/**
 * A plain chain of fully-connected layers {@code fc1}, {@code fc2} and so on, each with its function {@code act1}, {@code
 * act2} and so on, before a last layer of class scores: the simplest net in which depth can be seen. Its inputs are
 * photographs of 32x32 pixels, each channel with mean 0 and deviation 1.
 *
 * @param function what the hidden layers end with
 * @param start of all weights; biases begin at 0
 * @param depth hidden layers, 1 or more
 * @param width units of each
 */
record Chain(Unit function, Start start, int depth, int width) {
    /** What is done to the photographs. */
    static final Preprocessing PREPROCESSING = new Preprocessing(32, 32, Pixels.STANDARDIZED_CHANNELS);

    /** The functions that are compared. */
    enum Unit {
        SIGMOID("sigmoid", Activation.sigmoid()),
        TANH("tanh", Activation.tanh()),
        RELU("ReLU", Activation.relu()),
        LEAKY_RELU("leaky ReLU", new LeakyRelu(0.01));

        private final String label;
        private final Layer layer;

        Unit(String label, Layer layer) {
            this.label = label;
            this.layer = layer;
        }

        /** As it is written in titles. */
        String label() {
            return label;
        }
    }

    /** The name of hidden layer {@code number}, from 1. */
    static String layer(int number) {
        return "fc" + number;
    }

    /** The name of the function behind hidden layer {@code number}, from 1. */
    static String function(int number) {
        return "act" + number;
    }

    private Network network(int classes) {
        NetworkBuilder builder = Network.builder();
        int fanIn = PREPROCESSING.sampleShape().arrayLength();
        for (int number = 1; number <= depth; number++) {
            builder.add(layer(number), Linear.of(width).weights(start.weights(fanIn)))
                    .add(function(number), function.layer);
            fanIn = width;
        }
        return builder.add("scores", Linear.of(classes).weights(start.weights(width)))
                .build();
    }

    /**
     * A recipe that trains it by gradient descent without weight decay.
     *
     * @param momentum 0 for none
     */
    Recipe recipe(int classes, double rate, double momentum, int epochs, int batch) {
        return Recipe.named("chain")
                .network(network(classes), classes)
                .preprocessing(PREPROCESSING)
                .optimizer(new Sgd(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, momentum, 0))
                .schedule(AtEpochs.constant(rate))
                .epochs(epochs)
                .batch(batch)
                .build();
    }
}
