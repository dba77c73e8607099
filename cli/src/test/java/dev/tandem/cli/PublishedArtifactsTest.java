package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What Maven's models of the modules say to those who use them as artifacts. */
class PublishedArtifactsTest {
    private static final Path HOME = Path.of("..");
    private static final Pattern ARTIFACT = Pattern.compile("</parent>\\s*<artifactId>([a-z-]+)</artifactId>");
    private static final Pattern MODULE_NAME = Pattern.compile("<module.name>([a-z.]+)</module.name>");

    /** The modules that make a jar for others. */
    private static List<Path> libraries() throws IOException {
        try (Stream<Path> top = Files.list(HOME);
                Stream<Path> core = Files.list(HOME.resolve("core"))) {
            return Stream.concat(top, core)
                    .filter(module -> Files.exists(module.resolve("pom.xml"))
                            && Files.isDirectory(module.resolve("src/main/java"))
                            && !List.of("examples", "benchmarks")
                                    .contains(module.getFileName().toString()))
                    .toList();
        }
    }

    private static String found(Pattern pattern, Path module) throws IOException {
        Matcher matcher = pattern.matcher(Files.readString(module.resolve("pom.xml")));
        assertThat(matcher.find()).as("%s in %s", pattern, module).isTrue();
        return matcher.group(1);
    }

    @Test
    void theBomHasAllOfThem() throws IOException {
        String bom = Files.readString(HOME.resolve("bom/pom.xml"));
        for (Path module : libraries()) {
            assertThat(bom).contains("<artifactId>" + found(ARTIFACT, module) + "</artifactId>");
        }
    }

    /** It has no parent to take them from. */
    @Test
    void theBomHasTheVersionAndTheAddressOfTheOthers() throws IOException {
        for (String fact : List.of("</artifactId>\\s*<version>([^<]+)<", "<tandem.url>([^<]+)<")) {
            Pattern pattern = Pattern.compile(fact);
            assertThat(found(pattern, HOME.resolve("bom"))).isEqualTo(found(pattern, HOME));
        }
    }

    /** Derived from a jar's file name, a module's name would change with it. */
    @Test
    void eachNamesItsModuleAfterItsPackage() throws IOException {
        assertThat(libraries()).hasSizeGreaterThan(8);
        for (Path module : libraries()) {
            String name = found(MODULE_NAME, module);
            assertThat(module.resolve("src/main/java").resolve(name.replace('.', '/')))
                    .as("the package %s", name)
                    .isDirectory();
        }
    }
}
