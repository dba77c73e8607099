package dev.tandem.cli;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The list of what Tandem is shipped with is that of the class path. */
class ThirdPartyTest {
    private static final Pattern ROW =
            Pattern.compile("\\| [\\w.-]+:([\\w.-]+) \\| (\\S+)(?: (\\S+))? \\| (\\S.*) \\|");

    /** What only tests need. */
    private static final Pattern TEST_JAR = Pattern.compile(
            "(archunit|assertj|byte-buddy|junit|opentest4j|apiguardian|surefire|tandem-|maven-|plexus-|org.eclipse.sisu"
                    + "|javax.inject).*");

    /** The list is of one platform; NativesTest holds the native libraries of the others. */
    private static final Pattern PLATFORM = Pattern.compile("-(linux|macosx|windows)-[a-z0-9_]+\\.jar$");

    @Test
    void namesEachJarInItsVersionWithALicence() throws IOException {
        TreeSet<String> listed = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("../docs/third-party.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                String classifier = row.group(3) == null ? "" : "-" + row.group(3);
                listed.add(row.group(1) + "-" + row.group(2) + classifier + ".jar");
            }
        }
        TreeSet<String> used = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(path -> Path.of(path).getFileName().toString())
                .filter(name -> name.endsWith(".jar"))
                .filter(name -> !TEST_JAR.matcher(name).matches())
                .map(name -> PLATFORM.matcher(name).replaceFirst("-linux-x86_64.jar"))
                .collect(toCollection(TreeSet::new));
        // Not every platform has CUDA's.
        listed.removeIf(name -> name.contains("-natives-") && !used.contains(name));
        assertThat(listed).as("run tools/third-party").isEqualTo(used);
    }

    @Test
    void noLibraryIsOfATimeLongPast() {
        List<String> replaced = List.of("guava-31", "commons-net-", "commons-compress-1.21", "commons-io-2.7", "jna-");
        assertThat(Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                        .map(path -> Path.of(path).getFileName().toString()))
                .noneMatch(name -> replaced.stream().anyMatch(name::startsWith));
    }
}
