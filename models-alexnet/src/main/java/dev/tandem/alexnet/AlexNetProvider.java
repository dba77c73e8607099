package dev.tandem.alexnet;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeOption;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.recipe.RecipeSettings;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** How the {@link Recipes} are found by name: a class for each, as a {@link java.util.ServiceLoader} needs. */
public abstract class AlexNetProvider implements RecipeProvider {
    private final Recipes recipe;

    private AlexNetProvider(Recipes recipe) {
        this.recipe = recipe;
    }

    @Override
    public final String name() {
        return recipe.recipeName();
    }

    @Override
    public Recipe recipe(int classes, RecipeSettings settings) {
        return recipe.recipe(classes);
    }

    @Override
    public final Map<String, UnaryOperator<Recipe>> ablations() {
        return AlexNetAblation.all();
    }

    /** {@link Recipes#SMALL}, in the sizes that are set. */
    public static final class Small extends AlexNetProvider {
        /** For the service loader. */
        public Small() {
            super(Recipes.SMALL);
        }

        @Override
        public List<RecipeOption> options() {
            return SmallSizes.OPTIONS;
        }

        @Override
        public int usualClasses() {
            return 10;
        }

        @Override
        public Recipe recipe(int classes, RecipeSettings settings) {
            return SmallSizes.requireRoom(Recipes.SMALL.recipe(classes, SmallSizes.of(settings)), settings);
        }
    }

    /** {@link Recipes#PAPER}. */
    public static final class Paper extends AlexNetProvider {
        /** For the service loader. */
        public Paper() {
            super(Recipes.PAPER);
        }
    }

    /** {@link Recipes#ORIGINAL}. */
    public static final class Original extends AlexNetProvider {
        /** For the service loader. */
        public Original() {
            super(Recipes.ORIGINAL);
        }
    }

    /** {@link Recipes#CAFFE}. */
    public static final class Caffe extends AlexNetProvider {
        /** For the service loader. */
        public Caffe() {
            super(Recipes.CAFFE);
        }
    }

    /** {@link Recipes#CAFFENET}. */
    public static final class Caffenet extends AlexNetProvider {
        /** For the service loader. */
        public Caffenet() {
            super(Recipes.CAFFENET);
        }
    }

    /** {@link Recipes#OWT}. */
    public static final class Owt extends AlexNetProvider {
        /** For the service loader. */
        public Owt() {
            super(Recipes.OWT);
        }
    }
}
