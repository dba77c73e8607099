package dev.tandem.backend.cpu;

import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Properties;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether products are computed in bfloat16 on this machine, when that is left to it: if they are faster. That is
 * measured once and kept in a file, so that what is computed is the same from then on.
 */
final class Bf16Choice {
    /** The least gain for which precision is given up; less could be a measurement's error. */
    static final double LEAST_GAIN = 1.1;

    private static final Logger LOG = LoggerFactory.getLogger(Bf16Choice.class);
    private static final int MOST_BYTES = 16 << 10;
    private static final String MACHINE = "machine";
    private static final String RATE = "bf16-of-f32-rate";

    private final Optional<Path> folder;
    private final Machine machine;
    private final DoubleSupplier measurement;

    /**
     * What is decided.
     *
     * @param bf16 whether products are computed in bfloat16
     * @param said the decision and its reason, in a line
     */
    record Decision(boolean bf16, String said) {}

    /**
     * A choice for {@code machine}.
     *
     * @param folder where it is kept; empty if there is no such place
     * @param measurement the rate of bfloat16, as a share of that of single precision
     */
    Bf16Choice(Optional<Path> folder, Machine machine, DoubleSupplier measurement) {
        this.folder = folder;
        this.machine = machine;
        this.measurement = measurement;
    }

    /** The decision, if it was kept. */
    Optional<Decision> known() {
        OptionalDouble rate = file().map(this::read).orElse(OptionalDouble.empty());
        return rate.isPresent() ? Optional.of(decision(rate.getAsDouble(), "")) : Optional.empty();
    }

    /** The decision; measures unless it was kept. */
    Decision decide() {
        return known().orElseGet(() -> {
            double rate = measurement.getAsDouble();
            return decision(rate, keep(rate));
        });
    }

    private static Decision decision(double rate, String kept) {
        boolean bf16 = rate >= LEAST_GAIN;
        return new Decision(
                bf16,
                String.format(
                        Locale.ROOT,
                        "auto chose %s, as bf16 has %.2f of f32's rate here%s",
                        bf16 ? "bf16" : "f32",
                        rate,
                        kept));
    }

    private Optional<Path> file() {
        return folder.map(path -> path.resolve("bf16-" + machine.hash() + ".properties"));
    }

    /** The rate in {@code file}; empty if that is none of ours, of another machine, or damaged. */
    private OptionalDouble read(Path file) {
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                return OptionalDouble.empty();
            }
            byte[] bytes;
            try (InputStream in = Files.newInputStream(file)) {
                bytes = in.readNBytes(MOST_BYTES);
            }
            Properties written = new Properties();
            written.load(new StringReader(new String(bytes, StandardCharsets.UTF_8)));
            double rate = Double.parseDouble(written.getProperty(RATE, "NaN"));
            boolean usable = rate > 0 && rate < Double.POSITIVE_INFINITY;
            return usable && machine.text().equals(written.getProperty(MACHINE))
                    ? OptionalDouble.of(rate)
                    : OptionalDouble.empty();
        } catch (NoSuchFileException e) {
            return OptionalDouble.empty();
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("{} cannot be used: {}", file, e.toString());
            return OptionalDouble.empty();
        }
    }

    /** Keeps {@code rate}; what is to be said if that cannot be. */
    private String keep(double rate) {
        if (file().isEmpty()) {
            return "; it is measured every time, as this user has no cache folder";
        }
        try {
            String text = "# Written by Tandem for tandem.cpu.bf16 = auto. Delete it to have it measured again.\n"
                    + MACHINE + " = " + machine.text() + "\n" + RATE + " = " + rate + "\n";
            AtomicFile.write(file().get(), text.getBytes(StandardCharsets.UTF_8));
            return "";
        } catch (TandemException e) {
            return "; it is measured every time, as " + folder.get() + " cannot be written";
        }
    }
}
