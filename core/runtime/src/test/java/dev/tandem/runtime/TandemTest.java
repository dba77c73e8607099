package dev.tandem.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.runtime.config.ConfigSources;
import org.junit.jupiter.api.Test;

class TandemTest {
    @Test
    void oneLineOfConfigurationGivesDevicesAndAPlacement() {
        try (Tandem tandem = Tandem.configure("tandem.backend = reference")) {
            assertThat(tandem.config().backend()).contains("reference");
            assertThat(tandem.devices()).singleElement().hasToString("reference:0 (plain Java, double precision)");
            assertThat(tandem.placement()).isNotNull();
        }
    }

    @Test
    void aLoadedConfigurationServesAsWell() {
        var config = new ConfigSources()
                .addText("tandem { backend = reference, reference.devices = 2 }")
                .load();
        try (Tandem tandem = Tandem.configure(config)) {
            assertThat(tandem.devices()).hasSize(2);
        }
    }

    @Test
    void givesTheConfiguredRecipe() {
        try (Tandem tandem = Tandem.configure("tandem { backend = reference, recipe = small, train.epochs = 2 }")) {
            assertThat(tandem.recipe(7).classes()).isEqualTo(7);
            assertThat(tandem.recipe(7).epochs()).isEqualTo(2);
            assertThat(tandem.preprocessing()).isEqualTo(tandem.recipe(7).preprocessing());
        }
    }
}
