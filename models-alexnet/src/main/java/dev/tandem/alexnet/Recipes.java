package dev.tandem.alexnet;

import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.recipe.Recipe;
import java.util.Locale;

/** The recipes as values. By name they are found as {@link AlexNetProvider}s. Each follows the conventions of its own source; recipes share no settings. */
public enum Recipes {
    /** The paper's topology for small machines and data. */
    SMALL(Sizes.small(), Pixels.MEAN_IMAGE) {
        @Override
        public Recipe recipe(int classes, Sizes sizes) {
            return PaperRecipe.small(classes, sizes);
        }
    },
    /** The paper as it is written. */
    PAPER(Sizes.paper(), Pixels.MEAN_IMAGE) {
        @Override
        public Recipe recipe(int classes, Sizes sizes) {
            return PaperRecipe.recipe(classes, sizes);
        }
    },
    /** The authors' own program, layer definition 145. */
    ORIGINAL(Sizes.paper(), Pixels.MEAN_IMAGE) {
        @Override
        public Recipe recipe(int classes, Sizes sizes) {
            return OriginalRecipe.recipe(classes, sizes);
        }
    },
    /** Caffe's bvlc_alexnet. */
    CAFFE(Sizes.paper().crop(227), Pixels.MEAN_IMAGE) {
        @Override
        public Recipe recipe(int classes, Sizes sizes) {
            return CaffeRecipes.alexnet(classes, sizes);
        }
    },
    /** Caffe's bvlc_reference_caffenet. */
    CAFFENET(Sizes.paper().crop(227), Pixels.MEAN_IMAGE) {
        @Override
        public Recipe recipe(int classes, Sizes sizes) {
            return CaffeRecipes.caffenet(classes, sizes);
        }
    },
    /** "One weird trick" (2014), as in torchvision. */
    OWT(OwtRecipe.sizes(), Pixels.STANDARDIZED_CHANNELS) {
        @Override
        public Recipe recipe(int classes, Sizes sizes) {
            return OwtRecipe.recipe(classes, sizes);
        }
    };

    private final Sizes published;
    private final Pixels pixels;

    Recipes(Sizes published, Pixels pixels) {
        this.published = published;
        this.pixels = pixels;
    }

    /** What this recipe does to every image if its images have these sizes. */
    public Preprocessing preprocessing(Sizes sizes) {
        return new Preprocessing(sizes.image(), sizes.crop(), pixels);
    }

    /** The published sizes. */
    public Sizes sizes() {
        return published;
    }

    /** This recipe for {@code classes} classes, with a network and images of these sizes. */
    public abstract Recipe recipe(int classes, Sizes sizes);

    /** This recipe for {@code classes} classes, as published. */
    public Recipe recipe(int classes) {
        return recipe(classes, published);
    }

    /** The name it is chosen by. */
    public String recipeName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
