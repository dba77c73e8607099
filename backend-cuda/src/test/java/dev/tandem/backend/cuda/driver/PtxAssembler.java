package dev.tandem.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Assumptions;

/** NVIDIA's assembler of PTX, which JCuda's natives contain, so that no toolkit is needed. */
public final class PtxAssembler {
    private interface Text {
        int get(nvPTXCompilerHandle compiler, byte[] text);
    }

    private interface Length {
        int get(nvPTXCompilerHandle compiler, long[] length);
    }

    /** A program for one kind of GPU, an ELF file, and what the assembler tells of its kernels. */
    public record Program(byte[] elf, String log) {}

    private PtxAssembler() {}

    /**
     * Assembles {@code ptx}; skips the calling test if JCuda has no assembler here, and fails it if the PTX is wrong.
     *
     * @param folder where JCuda unpacks its natives
     * @param capability the compute capability, times ten
     */
    public static Program assemble(Ptx ptx, int capability, Path folder, String... options) {
        nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
        byte[] image = ptx.image();
        load(folder);
        assertThat(JNvPTXCompiler.nvPTXCompilerCreate(compiler, image.length, image))
                .isZero();
        try {
            String[] all = Stream.concat(Stream.of("--gpu-name=sm_" + capability), Stream.of(options))
                    .toArray(String[]::new);
            int status = JNvPTXCompiler.nvPTXCompilerCompile(compiler, all.length, all);
            assertThat(status)
                    .as(() -> text(
                            compiler,
                            JNvPTXCompiler::nvPTXCompilerGetErrorLogSize,
                            JNvPTXCompiler::nvPTXCompilerGetErrorLog))
                    .isZero();
            byte[] elf = bytes(
                    compiler,
                    JNvPTXCompiler::nvPTXCompilerGetCompiledProgramSize,
                    JNvPTXCompiler::nvPTXCompilerGetCompiledProgram);
            String log = text(
                    compiler, JNvPTXCompiler::nvPTXCompilerGetInfoLogSize, JNvPTXCompiler::nvPTXCompilerGetInfoLog);
            return new Program(elf, log);
        } finally {
            JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
        }
    }

    /** The assembler's version, such as 12.6; skips the calling test as {@link #assemble} does. */
    public static String version(Path folder) {
        load(folder);
        int[] major = new int[1];
        int[] minor = new int[1];
        assertThat(JNvPTXCompiler.nvPTXCompilerGetVersion(major, minor)).isZero();
        return major[0] + "." + minor[0];
    }

    private static void load(Path folder) {
        String shared = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", folder.toString());
        try {
            JNvPTXCompiler.setExceptionsEnabled(false);
        } catch (LinkageError e) {
            Assumptions.abort("skipped: JCuda has no PTX assembler here: " + e);
        } finally {
            System.setProperty("java.io.tmpdir", shared);
        }
    }

    private static byte[] bytes(nvPTXCompilerHandle compiler, Length length, Text text) {
        long[] bytes = new long[1];
        assertThat(length.get(compiler, bytes)).isZero();
        byte[] result = new byte[(int) bytes[0] + 1];
        assertThat(text.get(compiler, result)).isZero();
        return result;
    }

    private static String text(nvPTXCompilerHandle compiler, Length length, Text text) {
        return new String(bytes(compiler, length, text), StandardCharsets.US_ASCII);
    }
}
