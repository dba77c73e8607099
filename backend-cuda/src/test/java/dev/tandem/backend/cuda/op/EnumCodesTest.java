package dev.tandem.backend.cuda.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Kernels get functions and rules as numbers: enums in Java and in the CUDA sources must have the same numbers. */
class EnumCodesTest {
    private static final Path KERNELS = Path.of("src/main/cuda");

    @Test
    void unaryFunctionsAgree() throws IOException {
        assertThat(declared("common.cuh", "Unary")).isEqualTo(codes(UnaryFunction.values(), UnaryFunction::code));
    }

    @Test
    void binaryFunctionsAgree() throws IOException {
        assertThat(declared("common.cuh", "Binary")).isEqualTo(codes(BinaryFunction.values(), BinaryFunction::code));
    }

    @Test
    void updateRulesAgree() throws IOException {
        assertThat(declared("updates.cuh", "Rule")).isEqualTo(codes(SgdStep.Rule.values(), SgdStep.Rule::code));
    }

    @Test
    void formsOfProductsAgree() throws IOException {
        assertThat(declared("tile_product.cuh", "Form"))
                .isEqualTo(Map.of("RELU_LAST", CudaMatrices.RELU_LAST, "IN_ELEMENTS", CudaMatrices.IN_ELEMENTS));
    }

    @Test
    void everyEnumOfTheSourcesIsAmongThese() throws IOException {
        StringBuilder all = new StringBuilder();
        try (var files = Files.list(KERNELS)) {
            for (Path file : files.sorted().toList()) {
                all.append(Files.readString(file));
            }
        }
        assertThat(Pattern.compile("\\benum (\\w+)").matcher(all).results().map(m -> m.group(1)))
                .containsExactlyInAnyOrder("Unary", "Binary", "Rule", "Form");
    }

    private static <E extends Enum<E>> Map<String, Integer> codes(E[] constants, ToIntFunction<E> code) {
        Function<E, Integer> boxed = code::applyAsInt;
        return Arrays.stream(constants).collect(Collectors.toMap(Enum::name, boxed));
    }

    /** The enumerators of a source and their numbers, which must be written out. */
    private static Map<String, Integer> declared(String source, String name) throws IOException {
        String text = Files.readString(KERNELS.resolve(source));
        MatchResult body = Pattern.compile("enum " + name + " \\{([^}]*)};")
                .matcher(text)
                .results()
                .findFirst()
                .orElseThrow();
        Map<String, Integer> codes = new LinkedHashMap<>();
        for (String enumerator : body.group(1).split(",")) {
            String[] parts = enumerator.split("=");
            assertThat(parts)
                    .as("%s of %s with its number", enumerator.strip(), name)
                    .hasSize(2);
            codes.put(parts[0].strip(), Integer.parseInt(parts[1].strip()));
        }
        return codes;
    }
}
