package dev.tandem.runtime.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.inject.AbstractModule;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.Backend;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import org.junit.jupiter.api.Test;

class WiredTest {
    private static TandemConfig config(String hocon) {
        return new ConfigSources().addText(hocon).load();
    }

    private static List<String> placedOn(String hocon) {
        try (Wired parts = Wired.of(config(hocon))) {
            return parts.get(DevicePlacement.class).devices().stream()
                    .map(device -> device.id().toString())
                    .toList();
        }
    }

    @Test
    void aBackendIsOpenedOnceWithItsOptions() {
        try (Wired parts = Wired.of(config("tandem { backend = reference, reference.devices = 3 }"))) {
            Backend backend = parts.get(Backend.class);
            assertThat(backend.devices()).hasSize(3);
            assertThat(parts.get(Backend.class)).isSameAs(backend);
            assertThat(parts.get(Placement.class)).isSameAs(parts.get(DevicePlacement.class));
        }
    }

    @Test
    void nothingIsOpenedBeforeItIsAskedFor() {
        try (Wired parts = Wired.of(config("tandem.backend = nowhere"))) {
            assertThat(parts.get(TandemConfig.class).backend()).contains("nowhere");
        }
    }

    @Test
    void anUnavailableBackendFailsWithExactlyItsReasonAndRemedy() {
        try (Wired parts = Wired.of(config("tandem.backend = nowhere"))) {
            assertThatThrownBy(() -> parts.get(Placement.class))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKEND_UNAVAILABLE))
                    .hasMessage("backend nowhere: the moon is not full. Wait for it");
        }
    }

    @Test
    void anUnknownOrMissingBackendNamesTheKnownOnes() {
        try (Wired unknown = Wired.of(config("tandem.backend = gpu"));
                Wired missing = Wired.of(config(""))) {
            assertThatThrownBy(() -> unknown.get(Backend.class))
                    .hasMessageContaining("got gpu, expected one of [nowhere, reference]");
            assertThatThrownBy(() -> missing.get(Backend.class))
                    .hasMessageContaining("tandem.backend: not set")
                    .hasMessageContaining("[nowhere, reference] or auto");
        }
    }

    @Test
    void autoTakesTheFirstThatCanRunHere() {
        try (Wired parts = Wired.of(config("tandem { backend = auto, auto-order = [nowhere, reference] }"))) {
            assertThat(parts.get(Backend.class).name()).isEqualTo("reference");
        }
    }

    @Test
    void devicesFollowTheStrategyUnlessTheyAreNamed() {
        String two = "tandem { backend = reference, reference.devices = 2, placement ";
        assertThat(placedOn(two + "{} }")).containsExactly("reference:0");
        assertThat(placedOn(two + "{ strategy = columns } }")).containsExactly("reference:0", "reference:1");
        assertThat(placedOn(two + "{ devices = [\"reference:1\"] } }"))
                .containsExactly(new DeviceId("reference", 1).toString());
        assertThat(placedOn(two + "{ table = [\"conv*=batch\"] } }")).containsExactly("reference:0", "reference:1");
        assertThatThrownBy(() -> placedOn(two + "{ devices = [\"reference:2\"] } }"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("got reference:2, expected one of [reference:0, reference:1]");
        assertThatThrownBy(() -> placedOn(two + "{ devices = [\"reference:0\", \"reference:1\"] } }"))
                .hasMessageContaining("too many for strategy single");
        assertThatThrownBy(() -> placedOn(two + "{ strategy = data, devices = [\"reference:1\", \"reference:1\"] } }"))
                .isInstanceOfSatisfying(
                        TandemException.class,
                        e -> assertThat(e.code().isMisuse()).isTrue())
                .hasMessageContaining("one twice");
        assertThatThrownBy(() -> placedOn(two + "{ strategy = data, devices = [\"gpu:0\"] } }"))
                .hasMessageContaining("got gpu:0, expected one of [reference:0, reference:1]");
    }

    @Test
    void devicesOfAnotherBackendAreOpenedByTheirName() {
        assertThatThrownBy(() -> placedOn("tandem { backend = reference, placement { strategy = columns, "
                        + "devices = [\"reference:0\", \"nowhere:0\"] } }"))
                .hasMessage("backend nowhere: the moon is not full. Wait for it");
    }

    @Test
    void aUsersModuleReplacesWhatItBindsAndNothingElse() {
        Placement own = new Placement() {
            @Override
            public PlacedModel place(Network network, List<Shape> inputs) {
                throw new UnsupportedOperationException("a placement of the user's own");
            }

            @Override
            public PlacedModel place(Network network, List<Shape> inputs, Training training) {
                return place(network, inputs);
            }
        };
        TandemConfig config = config("tandem { backend = reference, placement.devices = [\"reference:7\"] }");
        try (Wired parts =
                Wired.of(config, binder -> binder.bind(Placement.class).toInstance(own))) {
            assertThat(parts.get(Placement.class))
                    .as("the configured one has no device 7")
                    .isSameAs(own);
            assertThat(parts.get(Backend.class).name()).isEqualTo("reference");
            assertThatThrownBy(() -> parts.get(DevicePlacement.class)).hasMessageContaining("got reference:7");
        }
    }

    @Test
    void theModulesAreAUsersToCombine() {
        Injector injector = Guice.createInjector(
                new ConfigurationModule(config("tandem { backend = reference, reference.devices = 2 }")),
                new BackendModule(),
                new PlacementModule());
        try (OpenedBackends backends = injector.getInstance(OpenedBackends.class)) {
            assertThat(injector.getInstance(Backend.class)).isSameAs(backends.named("reference"));
            assertThat(injector.getInstance(DevicePlacement.class).devices()).hasSize(1);
        }
    }

    /** What nobody has bound. */
    static final class Unbound {}

    /** Bound, but its constructor has no {@code @Inject}. */
    static final class WithoutInject {}

    @Test
    void bindingIsStrict() {
        try (Wired parts = Wired.of(config(""))) {
            assertThatThrownBy(() -> parts.get(Unbound.class))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("nothing makes a ");
        }
        AbstractModule careless = new AbstractModule() {
            @Override
            protected void configure() {
                bind(WithoutInject.class);
            }
        };
        assertThatThrownBy(() -> Wired.of(config(""), careless)).isInstanceOf(CreationException.class);
    }
}
