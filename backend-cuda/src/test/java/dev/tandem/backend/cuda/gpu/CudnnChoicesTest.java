package dev.tandem.backend.cuda.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The algorithm is measured once and found again; what was kept and cannot be used is measured again. */
class CudnnChoicesTest {
    private static final String CONVOLUTION = "FORWARD of 2x3x9x9 with 4x3x3x3 to 2x4x7x7";
    private static final List<String> ALGORITHMS = List.of("first", "fast", "broken");
    private static final Map<String, Long> NANOS = Map.of("first", 30L, "fast", 10L);

    @TempDir
    private Path folder;

    private final List<String> tried = new ArrayList<>();

    private CudnnChoices choices(String card, String version) {
        return new CudnnChoices(Optional.of(folder), card, Library.State.usable("cuDNN", version));
    }

    private CudnnChoices choices() {
        return choices("a card", "9.1.2");
    }

    private OptionalLong run(String algorithm) {
        tried.add(algorithm);
        Long nanos = NANOS.get(algorithm);
        return nanos == null ? OptionalLong.empty() : OptionalLong.of(nanos);
    }

    private String choose(CudnnChoices choices) {
        tried.clear();
        return choices.choose(CONVOLUTION, ALGORITHMS, this::run).orElseThrow();
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".txt"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void theFastestIsMeasuredOnceAndFoundAgain() throws IOException {
        assertThat(choose(choices())).isEqualTo("fast");
        assertThat(tried).containsExactlyElementsOf(ALGORITHMS);
        assertThat(Files.readAllLines(file()))
                .contains("card = a card", "cudnn = cuDNN 9.1.2", CONVOLUTION + " = fast");
        assertThat(choose(choices())).isEqualTo("fast");
        assertThat(tried).as("only whether it still works").containsExactly("fast");
    }

    @Test
    void whatIsKeptIsTakenThoughItIsNotTheFastestNow() throws IOException {
        choose(choices());
        Files.writeString(file(), Files.readString(file()).replace("fast\n", "first\n"));
        assertThat(choose(choices())).isEqualTo("first");
    }

    @Test
    void anotherCardAndAnotherVersionHaveTheirOwn() {
        choose(choices());
        for (CudnnChoices other : List.of(choices("another card", "9.1.2"), choices("a card", "9.2.0"))) {
            choose(other);
            assertThat(tried).containsExactlyElementsOf(ALGORITHMS);
        }
        choose(choices());
        assertThat(tried).containsExactly("fast");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\0\1\2",
                "card = a card\n" + CONVOLUTION + " = first\n",
                "card = another card\ncudnn = cuDNN 9.1.2\n" + CONVOLUTION + " = first\n",
                "card = a card\ncudnn = cuDNN 9.1.2\n" + CONVOLUTION + " = broken\n",
                "card = a card\ncudnn = cuDNN 9.1.2\n" + CONVOLUTION + " = unknown\n"
            })
    void whatCannotBeUsedIsMeasuredAgainAndReplaced(String damaged) throws IOException {
        choose(choices());
        Files.writeString(file(), damaged);
        assertThat(choose(choices())).isEqualTo("fast");
        assertThat(tried).contains("first", "fast");
        assertThat(choose(choices())).isEqualTo("fast");
        assertThat(tried).containsExactly("fast");
    }

    @Test
    void noLinkIsFollowed() throws IOException {
        choose(choices());
        Path elsewhere = Files.writeString(folder.resolve("elsewhere"), Files.readString(file()));
        Path file = file();
        Files.delete(file);
        Files.createSymbolicLink(file, elsewhere);
        choose(choices());
        assertThat(tried).containsExactlyElementsOf(ALGORITHMS);
        assertThat(file)
                .isRegularFile()
                .satisfies(f -> assertThat(Files.isSymbolicLink(f)).isFalse());
    }

    @Test
    void withoutAFolderThatCanBeWrittenTheOrderOfCudnnDecides() throws IOException {
        Path occupied = Files.createFile(folder.resolve("file"));
        for (Optional<Path> none : List.of(Optional.<Path>empty(), Optional.of(occupied))) {
            assertThat(choose(new CudnnChoices(none, "a card", Library.State.usable("cuDNN", "9.1.2"))))
                    .isEqualTo("first");
        }
    }

    @Test
    void ofTwoProcessesTheFirstToFinishDecides() {
        CudnnChoices slow = choices();
        Optional<String> chosen = slow.choose(CONVOLUTION, ALGORITHMS, algorithm -> {
            if (algorithm.equals("broken")) {
                choose(choices());
            }
            return algorithm.equals("first") ? OptionalLong.of(1) : run(algorithm);
        });
        assertThat(chosen).contains("fast");
        assertThat(slow.choose(CONVOLUTION, ALGORITHMS, this::run)).contains("fast");
    }

    @Test
    void devicesMeasureOneAfterAnother() {
        CudnnChoices shared = choices();
        ConcurrentLinkedQueue<String> measured = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<Optional<String>>> devices = IntStream.range(0, 4)
                .mapToObj(device ->
                        CompletableFuture.supplyAsync(() -> shared.choose(CONVOLUTION, ALGORITHMS, algorithm -> {
                            measured.add(algorithm);
                            Thread.yield();
                            return algorithm.equals("broken")
                                    ? OptionalLong.empty()
                                    : OptionalLong.of(NANOS.get(algorithm));
                        })))
                .toList();
        devices.forEach(device -> assertThat(device.join()).contains("fast"));
        assertThat(measured).containsExactly("first", "fast", "broken", "fast", "fast", "fast");
    }

    private static OptionalLong outOfMemory(String algorithm) {
        throw TandemException.failure(ErrorCode.OUT_OF_MEMORY, algorithm, "no memory", "", null);
    }

    @Test
    void oneForWhichThereIsNoMemoryIsPassedOverUnlessItIsKept() {
        CudnnChoices choices = choices();
        assertThat(choices.choose("other", ALGORITHMS, name -> name.equals("fast") ? outOfMemory(name) : run(name)))
                .contains("first");
        choose(choices);
        assertThatThrownBy(() -> choices.choose(CONVOLUTION, ALGORITHMS, CudnnChoicesTest::outOfMemory))
                .hasMessageContaining("fast: no memory");
        assertThatThrownBy(() -> choices.choose("third", List.of("first"), CudnnChoicesTest::outOfMemory))
                .hasMessageContaining("first: no memory");
        assertThat(choose(choices())).isEqualTo("fast");
    }

    @Test
    void nothingIsChosenWhereNothingWorks() {
        assertThat(choices().choose(CONVOLUTION, List.of("broken"), this::run)).isEmpty();
        assertThat(choices().choose(CONVOLUTION, List.of(), this::run)).isEmpty();
    }
}
