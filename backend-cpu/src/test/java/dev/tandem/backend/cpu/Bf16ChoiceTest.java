package dev.tandem.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.backend.cpu.device.NativeLibraries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Bf16ChoiceTest {
    private static final Machine MACHINE = new Machine("model name : Fast 9; flags : a = b # c; oneDNN 3; 2 threads");

    @TempDir
    Path folder;

    private int measurements;

    private Bf16Choice choice(Machine machine, double rate) {
        return new Bf16Choice(Optional.of(folder.resolve("tandem")), machine, () -> {
            measurements++;
            return rate;
        });
    }

    private Path kept() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("tandem"))) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.get(0);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0.67, false, 'auto chose f32, as bf16 has 0.67 of f32''s rate here'",
        "1.09, false, 'auto chose f32, as bf16 has 1.09 of f32''s rate here'",
        "1.84, true, 'auto chose bf16, as bf16 has 1.84 of f32''s rate here'"
    })
    void theFasterOneIsChosenAndSaidAndMeasuredOnce(double rate, boolean bf16, String said) {
        Bf16Choice choice = choice(MACHINE, rate);
        assertThat(choice.known()).isEmpty();
        Bf16Choice.Decision first = choice.decide();
        assertThat(first).isEqualTo(new Bf16Choice.Decision(bf16, said));
        assertThat(choice(MACHINE, 1 / rate).decide()).isEqualTo(first);
        assertThat(choice(MACHINE, 1 / rate).known()).contains(first);
        assertThat(measurements).isOne();
    }

    @Test
    void everyMachineHasItsOwn() {
        assertThat(choice(MACHINE, 0.5).decide().bf16()).isFalse();
        assertThat(choice(new Machine(MACHINE.text().replace("2 threads", "1 threads")), 2)
                        .decide()
                        .bf16())
                .isTrue();
        assertThat(choice(MACHINE, 2).decide().bf16()).isFalse();
        assertThat(measurements).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not = ours",
                "bf16-of-f32-rate = 0.5",
                "machine = another; 2 threads\nbf16-of-f32-rate = 0.5",
                "machine = %s\nbf16-of-f32-rate = fast",
                "machine = %s\nbf16-of-f32-rate = NaN",
                "machine = %s\nbf16-of-f32-rate = -1",
                "machine = %s\nbf16-of-f32-rate = Infinity",
                "machine = %s\nbf16-of-f32-rate = 0.5\n\\u12"
            })
    void aDamagedOrForeignFileIsMeasuredAgain(String text) throws IOException {
        choice(MACHINE, 0.5).decide();
        Files.writeString(kept(), text.replace("%s", MACHINE.text()));
        assertThat(choice(MACHINE, 2).known()).isEmpty();
        assertThat(choice(MACHINE, 2).decide().bf16()).isTrue();
        assertThat(choice(MACHINE, 0.5).decide().bf16()).isTrue();
        assertThat(measurements).isEqualTo(2);
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        choice(MACHINE, 0.5).decide();
        Path elsewhere = Files.move(kept(), folder.resolve("elsewhere"));
        Files.createSymbolicLink(folder.resolve("tandem").resolve(fileName()), elsewhere);
        assertThat(choice(MACHINE, 2).decide().bf16()).isTrue();
        assertThat(Files.readString(elsewhere)).contains("bf16-of-f32-rate = 0.5");
    }

    private static String fileName() {
        return "bf16-" + MACHINE.hash() + ".properties";
    }

    @Test
    void whereNothingCanBeKeptItIsMeasuredEveryTime() throws IOException {
        Files.writeString(folder.resolve("tandem"), "no folder");
        assertThat(choice(MACHINE, 2).decide().said())
                .isEqualTo("auto chose bf16, as bf16 has 2.00 of f32's rate here; it is measured every time, as "
                        + folder.resolve("tandem") + " cannot be written");
        assertThat(choice(MACHINE, 0.5).decide().bf16()).isFalse();
        assertThat(measurements).isEqualTo(2);
        assertThat(new Bf16Choice(Optional.empty(), MACHINE, () -> 0.5).decide().said())
                .endsWith("; it is measured every time, as this user has no cache folder");
    }

    @Test
    void stepsInBothPrecisionsAreMeasured() {
        assumeTrue(
                NativeLibraries.oneDnnProblem().isEmpty() && NativeLibraries.hasBf16(),
                "this processor does not multiply bfloat16 numbers");
        assertThat(ProductRates.bf16OfF32(1)).isBetween(0.01, 100.0);
        assertThat(Machine.here("oneDNN 3", 2).text())
                .endsWith("; oneDNN 3; 2 threads")
                .doesNotContain("\n");
    }
}
