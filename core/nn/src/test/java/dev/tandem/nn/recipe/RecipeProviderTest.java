package dev.tandem.nn.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.schedule.Stepped;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeProviderTest {
    /** One fully-connected layer, called as the constructor says. */
    private static class Plain implements RecipeProvider {
        private final String name;

        private Plain(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public List<RecipeOption> options() {
            return List.of(new RecipeOption("side", 8, 4, 16, "side of the input, in pixels"));
        }

        @Override
        public Recipe recipe(int classes, RecipeSettings settings) {
            int side = settings.get("side");
            return Recipe.named("plain")
                    .network(Network.builder().add("fc", Linear.of(classes)).build(), classes)
                    .preprocessing(new Preprocessing(side, side, Preprocessing.Pixels.MEAN_IMAGE))
                    .schedule(new Stepped(0.01, 0.1, 30))
                    .epochs(2)
                    .batch(4)
                    .build();
        }
    }

    /** A usable provider. */
    public static final class First extends Plain {
        /** For the service loader. */
        public First() {
            super("plain");
        }

        @Override
        public Map<String, UnaryOperator<Recipe>> ablations() {
            return Map.of("one-epoch", recipe -> recipe.epochs() == 1 ? recipe : recipe.withEpochs(1));
        }
    }

    /** Has the name of the first. */
    public static final class Second extends Plain {
        /** For the service loader. */
        public Second() {
            super("plain");
        }
    }

    /** Has a name that cannot be part of a setting's. */
    public static final class Dotted extends Plain {
        /** For the service loader. */
        public Dotted() {
            super("plain.net");
        }
    }

    /** Cannot be made. */
    public static final class Broken extends Plain {
        /** For the service loader. */
        public Broken() {
            super("broken");
            throw new IllegalStateException("no licence");
        }
    }

    @TempDir
    Path folder;

    private List<RecipeProvider> all(Class<?>... listed) throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.write(
                services.resolve(RecipeProvider.class.getName()),
                Stream.of(listed).map(Class::getName).toList());
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            return RecipeProvider.all();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static RecipeChoice choice(RecipeProvider provider, Map<String, Integer> settings, String... ablations) {
        return new RecipeChoice(provider, RecipeSettings.of(provider, settings), List.of(ablations));
    }

    @Test
    void everyListedProviderIsFound() throws IOException {
        assertThat(all(First.class)).singleElement().isInstanceOf(First.class);
    }

    @Test
    void refusesNamesThatAreUnusableOrTaken() {
        assertThatThrownBy(() -> all(First.class, Second.class))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("its name is taken by class " + First.class.getName() + ", got plain");
        assertThatThrownBy(() -> all(Dotted.class))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("its name is unusable, got plain.net");
    }

    @Test
    void namesAProviderThatCannotBeMade() {
        assertThatThrownBy(() -> all(Broken.class))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining(Broken.class.getName());
    }

    @Test
    void makesTheRecipeWithItsSettingsAndAblations() {
        assertThat(choice(new First(), Map.of()).recipe(3).preprocessing().cropSize())
                .isEqualTo(8);
        Recipe changed = choice(new First(), Map.of("side", 16), "one-epoch").recipe(3);
        assertThat(changed.preprocessing().cropSize()).isEqualTo(16);
        assertThat(changed.epochs()).isEqualTo(1);
        assertThat(choice(new First(), Map.of()).ablationsOf(changed)).isEmpty();
    }

    @Test
    void refusesWhatDoesNotFit() {
        First provider = new First();
        assertThatThrownBy(() -> choice(provider, Map.of("side", 17)))
                .hasMessageContaining("tandem.recipes.plain.side: out of range, got 17, expected 4 to 16");
        assertThatThrownBy(() -> choice(provider, Map.of("sides", 8)))
                .hasMessageContaining("tandem.recipes.plain: unknown setting, got sides, expected one of [side]");
        assertThatThrownBy(() -> RecipeSettings.defaults(provider).get("depth"))
                .hasMessageContaining("not a declared option, got depth");
        assertThatThrownBy(() -> choice(provider, Map.of(), "two-epochs").recipe(3))
                .hasMessageContaining("tandem.ablations: unknown name, got two-epochs, expected one of [one-epoch]");
        assertThatThrownBy(() ->
                        choice(provider, Map.of(), "one-epoch", "one-epoch").recipe(3))
                .hasMessageContaining("recipe plain has nothing for it to change, got one-epoch");
        assertThatThrownBy(() -> choice(new Plain("simple"), Map.of()).recipe(3))
                .hasMessageContaining("its recipe has another name, got plain, expected simple");
        assertThatThrownBy(() -> new RecipeOption("side", 3, 4, 16, "")).hasMessageContaining("side = 3");
    }
}
