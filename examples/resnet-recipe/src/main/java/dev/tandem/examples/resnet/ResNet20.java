package dev.tandem.examples.resnet;

import static dev.tandem.nn.layer.Activation.relu;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.GlobalAveragePooling;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.Multiplication;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.recipe.RecipeSettings;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.SgdStep.Rule;
import java.util.random.RandomGenerator;

/**
 * The residual net of 20 layers for the images of CIFAR-10, 32 by 32 pixels (He, Zhang, Ren and Sun 2015, "Deep
 * Residual Learning for Image Recognition", section 4.2). Other images are brought to that size.
 */
public final class ResNet20 implements RecipeProvider {
    private static final int SIDE = 32;
    private static final int BORDER = 4;

    @Override
    public String name() {
        return "resnet-20";
    }

    @Override
    public int usualClasses() {
        return 10;
    }

    @Override
    public Recipe recipe(int classes, RecipeSettings settings) {
        return Recipe.named(name())
                .network(network(classes), classes)
                .preprocessing(new Preprocessing(SIDE, SIDE, Pixels.STANDARDIZED_CHANNELS))
                .augmentation(Augmentation.none().withReflection().afterCrop(ResNet20::shift))
                .optimizer(new Sgd(Rule.LEARNING_RATE_OUTSIDE, 0.9, 1e-4))
                .schedule(AtEpochs.dividedByTen(0.1, 164, 0.5, 0.75))
                .epochs(164)
                .batch(128)
                .build();
    }

    private static Network network(int classes) {
        return Network.builder()
                .add("conv", convolution(16))
                .add("norm", new BatchNormalization())
                .add("relu", relu())
                .add("stage1", stage(16, 1))
                .add("stage2", stage(32, 2))
                .add("stage3", stage(64, 2))
                .add("pool", new GlobalAveragePooling())
                .add("fc", Linear.of(classes).weights(Initializer.kaimingUniform()))
                .build();
    }

    private static Network stage(int channels, int stride) {
        return Network.builder()
                .add("block1", block(channels, stride))
                .add("block2", block(channels, 1))
                .add("block3", block(channels, 1))
                .build();
    }

    private static Network block(int channels, int stride) {
        return Network.builder()
                .add("conv1", convolution(channels).stride(stride))
                .add("norm1", new BatchNormalization())
                .add("relu1", relu())
                .add("conv2", convolution(channels))
                .add("norm2", new BatchNormalization())
                .add("shortcut", stride == 1 ? identity() : everyOtherPixel(), Network.INPUT)
                .add("sum", Merge.sum(), "norm2", "shortcut")
                .add("relu2", relu())
                .build();
    }

    private static Network identity() {
        return Network.builder().build();
    }

    /** The paper's shortcut without parameters: twice as many channels, the new ones being zeros. */
    private static Network everyOtherPixel() {
        return Network.builder()
                .add("pixels", Pooling.max(1).stride(2))
                .add("zeros", new Multiplication(0))
                .add("channels", Merge.concatenation(), "pixels", "zeros")
                .build();
    }

    private static Convolution convolution(int channels) {
        Initializer forRelu = Initializer.kaimingUniform(0);
        return Convolution.of(channels, 3).padding(1).withoutBias().weights(forRelu);
    }

    /** Moves the image by up to {@link #BORDER} pixels each way: a random crop of it with a border of zeros. */
    static void shift(float[] image, Shape shape, RandomGenerator random) {
        float[] before = image.clone();
        int down = random.nextInt(-BORDER, BORDER + 1);
        int right = random.nextInt(-BORDER, BORDER + 1);
        for (int i = 0; i < image.length; i++) {
            int row = i / SIDE % SIDE - down;
            int column = i % SIDE - right;
            boolean inside = row >= 0 && row < SIDE && column >= 0 && column < SIDE;
            image[i] = inside ? before[i - down * SIDE - right] : 0;
        }
    }
}
