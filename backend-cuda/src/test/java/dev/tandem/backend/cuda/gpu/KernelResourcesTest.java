package dev.tandem.backend.cuda.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.backend.cuda.driver.Ptx;
import dev.tandem.backend.cuda.driver.PtxAssembler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What each kernel takes of a multiprocessor, as NVIDIA's assembler tells, is what the table of
 * {@code src/test/resources} has, and no kernel spills registers to memory. {@code src/main/scripts/resources.sh} writes
 * the table anew. Another version of the assembler than the table's may differ by a few registers, which may also change
 * how many blocks fit.
 */
class KernelResourcesTest {
    private static final Path TABLE = Path.of("src/test/resources/dev/tandem/backend/cuda/kernel-resources.txt");
    private static final String MEND =
            "If the change is meant, run backend-cuda/src/main/scripts/resources.sh and" + " commit the table";
    private static final String HEADER = "# By PTX assembler ";
    private static final String COLUMNS = "%-42s %5s %9s %6s %6s %7s %6s %5s %12s%n";
    /** How far registers may be off if the assembler is of another version. */
    private static final int TOLERANCE = 16;

    private static final List<Multiprocessor> KINDS = List.of(
            new Multiprocessor(75, 32, 16, 64 << 10, 0),
            new Multiprocessor(80, 64, 32, 164 << 10, 1 << 10),
            new Multiprocessor(90, 64, 32, 228 << 10, 1 << 10));

    @TempDir
    private Path folder;

    /**
     * The limits of a multiprocessor, from the CUDA programming guide.
     *
     * @param sharedBytes of which each block takes {@code reserved} and what it declares
     */
    private record Multiprocessor(int capability, int warps, int blocks, int sharedBytes, int reserved) {
        private static final int REGISTERS = 1 << 16;
        // Registers are handed out to warps in units of this many.
        private static final int UNIT = 256;
        private static final int WARP = 32;

        /** How many blocks of a kernel it holds at once. */
        int blocks(int registers, int shared) {
            int warpsOfBlock = Kernel.THREADS / WARP;
            int ofWarp = (registers * WARP + UNIT - 1) / UNIT * UNIT;
            // Each of the four schedulers has a quarter of the registers.
            int byRegisters = REGISTERS / 4 / ofWarp * 4 / warpsOfBlock;
            int byShared = sharedBytes / Math.max(1, shared + reserved);
            return Math.min(Math.min(blocks, warps / warpsOfBlock), Math.min(byRegisters, byShared));
        }
    }

    /** A line of the table: what a kernel takes on one kind of GPU. */
    private record Line(
            String kernel,
            int capability,
            int registers,
            int stack,
            int spills,
            int shared,
            int blocks,
            int warps,
            int instructions) {
        static Line parse(String text) {
            String[] words = text.strip().split("\\s+");
            int[] n = new int[words.length];
            for (int i = 1; i < words.length; i++) {
                n[i] = Integer.parseInt(words[i]);
            }
            return new Line(words[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]);
        }

        String name() {
            return kernel + " on " + capability;
        }

        @Override
        public String toString() {
            return String.format(
                    COLUMNS, kernel, capability, registers, stack, spills, shared, blocks, warps, instructions);
        }
    }

    @Test
    void areThoseOfTheTable() throws IOException {
        Map<String, Line> actual = new TreeMap<>();
        for (Multiprocessor kind : KINDS) {
            for (Ptx ptx : List.of(Ptx.exact(), Ptx.tf32(), Ptx.bf16())) {
                if (kind.capability >= ptx.leastCapability()) {
                    lines(ptx, kind).forEach(line -> actual.put(line.name(), line));
                }
            }
        }
        String version = PtxAssembler.version(folder);
        if (Boolean.getBoolean("kernel-resources.write")) {
            write(version, actual);
        }
        List<String> table = Files.readAllLines(TABLE);
        boolean same = table.get(0).equals(HEADER + version);
        Map<String, Line> expected = new TreeMap<>();
        table.stream().skip(2).map(Line::parse).forEach(line -> expected.put(line.name(), line));
        assertThat(actual.keySet()).as(MEND).isEqualTo(expected.keySet());
        SoftAssertions all = new SoftAssertions();
        actual.forEach((name, line) -> {
            all.assertThat(line.spills())
                    .as("bytes of registers spilled by " + name)
                    .isZero();
            if (same) {
                all.assertThat(line).as(MEND).isEqualTo(expected.get(name));
            } else {
                all.assertThat(line.registers() - expected.get(name).registers())
                        .as("difference of registers of %s by assembler %s. %s", name, version, MEND)
                        .isBetween(-TOLERANCE, TOLERANCE);
            }
        });
        all.assertAll();
    }

    private static void write(String version, Map<String, Line> lines) throws IOException {
        StringBuilder text = new StringBuilder(HEADER).append(version).append(System.lineSeparator());
        text.append(String.format(
                COLUMNS,
                "# kernel",
                "sm",
                "registers",
                "stack",
                "spills",
                "shared",
                "blocks",
                "warps",
                "instructions"));
        lines.values().forEach(text::append);
        Files.writeString(TABLE, text);
    }

    private List<Line> lines(Ptx ptx, Multiprocessor kind) {
        PtxAssembler.Program program = PtxAssembler.assemble(ptx, kind.capability, folder, "--verbose");
        Map<String, Integer> instructions = instructions(program.elf());
        Pattern entry = Pattern.compile("Compiling entry function '(\\w+)'");
        List<Line> lines = new ArrayList<>();
        for (String part : program.log().split("(?=Compiling entry function)")) {
            Matcher name = entry.matcher(part);
            if (name.find()) {
                int registers = sum(part, "Used (\\d+) registers");
                int shared = sum(part, "(\\d+) bytes smem");
                int blocks = kind.blocks(registers, shared);
                lines.add(new Line(
                        name.group(1),
                        kind.capability,
                        registers,
                        sum(part, "(\\d+) bytes stack frame"),
                        sum(part, "(\\d+) bytes spill (?:stores|loads)"),
                        shared,
                        blocks,
                        blocks * Kernel.THREADS / 32,
                        instructions.get(name.group(1))));
            }
        }
        assertThat(lines).as(program.log()).hasSameSizeAs(ptx.kernels().keySet());
        return lines;
    }

    private static int sum(String log, String number) {
        return Pattern.compile(number)
                .matcher(log)
                .results()
                .mapToInt(match -> Integer.parseInt(match.group(1)))
                .sum();
    }

    /** The instructions of each kernel, 16 bytes each, from the sizes of the program's sections. */
    private static Map<String, Integer> instructions(byte[] elf) {
        ByteBuffer file = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
        int sections = (int) file.getLong(40);
        int entryBytes = file.getShort(58);
        int count = file.getShort(60);
        int names = (int) file.getLong(sections + file.getShort(62) * entryBytes + 24);
        Map<String, Integer> result = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            int section = sections + i * entryBytes;
            int begin = names + file.getInt(section);
            int end = begin;
            while (elf[end] != 0) {
                end++;
            }
            String name = new String(elf, begin, end - begin, StandardCharsets.US_ASCII);
            if (name.startsWith(".text.")) {
                result.put(name.substring(".text.".length()), (int) file.getLong(section + 32) / 16);
            }
        }
        return result;
    }
}
