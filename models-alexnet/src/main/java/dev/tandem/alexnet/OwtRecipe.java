package dev.tandem.alexnet;

import static dev.tandem.nn.layer.Activation.relu;
import static dev.tandem.nn.layer.Initializer.kaimingUniform;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Dropout.Scaling;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.Stepped;
import dev.tandem.spi.op.SgdStep.Rule;
import dev.tandem.spi.op.Window.Rounding;

/** The single-column net of "One weird trick" (2014), as torchvision has it: no groups, no response normalization. */
final class OwtRecipe {
    private OwtRecipe() {}

    /** The published widths and crops. */
    static Sizes sizes() {
        return Sizes.paper().convolutions(64, 192, 384, 256, 256);
    }

    static Recipe recipe(int classes, Sizes sizes) {
        return Recipe.named("owt")
                .network(network(sizes, classes), classes)
                .preprocessing(Recipes.OWT.preprocessing(sizes))
                .augmentation(Augmentation.none().withRandomCrop().withReflection())
                .optimizer(new Sgd(Rule.LEARNING_RATE_OUTSIDE, 0.9, 1e-4))
                .schedule(new Stepped(0.01, 0.1, 30))
                .epochs(90)
                .batch(256)
                .build();
    }

    private static Network network(Sizes sizes, int classes) {
        return Network.builder()
                .add("conv1", conv(sizes.conv1(), 11).stride(4).padding(2))
                .add("relu1", relu())
                .add("pool1", pool())
                .add("conv2", conv(sizes.conv2(), 5).padding(2))
                .add("relu2", relu())
                .add("pool2", pool())
                .add("conv3", conv(sizes.conv3(), 3).padding(1))
                .add("relu3", relu())
                .add("conv4", conv(sizes.conv4(), 3).padding(1))
                .add("relu4", relu())
                .add("conv5", conv(sizes.conv5(), 3).padding(1))
                .add("relu5", relu())
                .add("pool5", pool())
                .add("drop6", new Dropout(0.5, Scaling.WHEN_TRAINING))
                .add("fc6", linear(sizes.fc6()))
                .add("relu6", relu())
                .add("drop7", new Dropout(0.5, Scaling.WHEN_TRAINING))
                .add("fc7", linear(sizes.fc7()))
                .add("relu7", relu())
                .add("fc8", linear(classes))
                .build();
    }

    private static Convolution conv(int kernels, int size) {
        return Convolution.of(kernels, size).weights(kaimingUniform()).bias(kaimingUniform());
    }

    private static Linear linear(int units) {
        return Linear.of(units).weights(kaimingUniform()).bias(kaimingUniform());
    }

    private static Pooling pool() {
        return Pooling.max(3).stride(2).rounding(Rounding.DOWN);
    }
}
