package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.maven.model.Dependency;
import org.apache.maven.model.Model;
import org.apache.maven.model.Parent;
import org.apache.maven.model.Repository;
import org.apache.maven.model.building.DefaultModelBuilderFactory;
import org.apache.maven.model.building.DefaultModelBuildingRequest;
import org.apache.maven.model.building.ModelBuildingException;
import org.apache.maven.model.building.StringModelSource;
import org.apache.maven.model.resolution.ModelResolver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each platform gets its own native libraries and no other's, from Maven's models as Maven itself reads them. */
class NativesTest {
    private static final Path HOME = Path.of("..");
    private static final List<String> OF_ALL =
            List.of("javacpp", "openblas", "dnnl", "opencl", "opencv", "nd4j-native");
    private static final List<String> OF_CUDA = List.of("jcuda-natives", "jcublas-natives", "jcudnn-natives");

    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, linux-x86_64",
        "Linux, aarch64, linux-arm64",
        "Mac OS X, aarch64, macosx-arm64",
        "Mac OS X, x86_64, macosx-x86_64",
        "Windows 11, amd64, windows-x86_64"
    })
    void aMachineGetsItsOwn(String system, String processor, String platform) throws Exception {
        assertThat(ofAllModules(machine(system, processor))).isEqualTo(expected(platform));
    }

    @ParameterizedTest
    @CsvSource({"linux-x86_64", "linux-arm64", "macosx-arm64", "macosx-x86_64", "windows-x86_64"})
    void aNamedPlatformGetsItsOwnOnAnyMachine(String platform) throws Exception {
        for (Properties machine : List.of(machine("Linux", "amd64"), machine("Mac OS X", "aarch64"))) {
            assertThat(natives(HOME.resolve("natives/" + platform), machine)).isEqualTo(expected(platform));
            machine.setProperty("tandem.platform", platform);
            assertThat(ofAllModules(machine)).isEqualTo(expected(platform));
        }
    }

    /** ND4J's own poms would bring libraries for the machine that builds, beside those of the platform asked for. */
    @Test
    void noLibraryBringsMoreOfThem() throws Exception {
        Pattern jar = Pattern.compile("([a-z0-9-]+?)-[0-9].*?-((?:linux|macosx|windows)-[a-z0-9_]+)\\.jar");
        TreeSet<String> found = new TreeSet<>();
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Matcher matcher = jar.matcher(Path.of(path).getFileName().toString());
            if (matcher.matches()) {
                found.add(matcher.group(1) + ":" + matcher.group(2));
            }
        }
        Properties here = (Properties) System.getProperties().clone();
        assertThat(found).isEqualTo(ofAllModules(here));
    }

    /** Gradle reads no profiles: it must not ask for a jar that does not exist. */
    @Test
    void whoeverReadsNoProfilesGetsNone() throws Exception {
        assertThat(ofAllModules(machine("another", "another"))).isEmpty();
    }

    @Test
    void theArtifactOfAllHasEachPlatform() throws Exception {
        Model all = model(HOME.resolve("natives/all"), machine("Linux", "amd64"));
        try (Stream<Path> platforms = Files.list(HOME.resolve("natives"))) {
            assertThat(all.getDependencies().stream().map(Dependency::getArtifactId))
                    .hasSize(5)
                    .containsExactlyInAnyOrderElementsOf(platforms
                            .filter(Files::isDirectory)
                            .map(platform -> platform.getFileName().toString())
                            .filter(name -> name.contains("-"))
                            .map("tandem-natives-"::concat)
                            .toList());
        }
    }

    private static TreeSet<String> expected(String platform) {
        boolean hasCuda = platform.equals("linux-x86_64") || platform.equals("windows-x86_64");
        TreeSet<String> expected = new TreeSet<>();
        OF_ALL.forEach(library -> expected.add(library + ":" + platform));
        if (hasCuda) {
            OF_CUDA.forEach(library -> expected.add(library + ":" + platform));
        }
        return expected;
    }

    private static Properties machine(String system, String processor) {
        Properties properties = new Properties();
        properties.setProperty("os.name", system);
        properties.setProperty("os.arch", processor);
        properties.setProperty("os.version", "1");
        properties.setProperty("java.version", "17");
        return properties;
    }

    /** The natives on the class path of the command line, which has all modules. */
    private static TreeSet<String> ofAllModules(Properties machine) throws Exception {
        TreeSet<String> found = new TreeSet<>();
        try (Stream<Path> top = Files.list(HOME);
                Stream<Path> core = Files.list(HOME.resolve("core"))) {
            for (Path module : Stream.concat(top, core)
                    .filter(module -> Files.isDirectory(module.resolve("src/main/java")))
                    .filter(module -> !module.endsWith("benchmarks"))
                    .toList()) {
                found.addAll(natives(module, machine));
            }
        }
        return found;
    }

    private static TreeSet<String> natives(Path module, Properties machine) throws Exception {
        TreeSet<String> natives = new TreeSet<>();
        for (Dependency dependency : model(module, machine).getDependencies()) {
            String classifier = dependency.getClassifier();
            if (classifier != null && !classifier.isEmpty() && !"test".equals(dependency.getScope())) {
                assertThat(dependency.getVersion())
                        .as("the version of %s", dependency)
                        .matches("[0-9].*");
                natives.add(dependency.getArtifactId() + ":" + classifier);
            }
        }
        return natives;
    }

    /** The model of a published artifact for whoever uses it: with the parent's profiles, by the user's machine. */
    private static Model model(Path module, Properties machine) throws ModelBuildingException {
        DefaultModelBuildingRequest request = new DefaultModelBuildingRequest();
        request.setPomFile(module.resolve("pom.xml").toFile());
        request.setSystemProperties(machine);
        request.setModelResolver(new Boms());
        request.setProcessPlugins(false);
        return new DefaultModelBuilderFactory().newInstance().build(request).getEffectiveModel();
    }

    /** Finds bills of materials without a network; only our own has something to do with natives. */
    private static final class Boms implements ModelResolver {
        @Override
        public StringModelSource resolveModel(String group, String artifact, String version) {
            if (artifact.equals("tandem-bom")) {
                try {
                    return new StringModelSource(Files.readString(HOME.resolve("bom/pom.xml")));
                } catch (IOException e) {
                    throw new AssertionError("the BOM cannot be read", e);
                }
            }
            return new StringModelSource("<project><modelVersion>4.0.0</modelVersion><groupId>" + group
                    + "</groupId><artifactId>" + artifact + "</artifactId><version>" + version
                    + "</version><packaging>pom</packaging><dependencyManagement><dependencies>"
                    + managed("org.junit.jupiter", "junit-jupiter")
                    + managed("org.junit.platform", "junit-platform-launcher")
                    + managed("org.junit.jupiter", "junit-jupiter-api")
                    + "</dependencies></dependencyManagement></project>");
        }

        private static String managed(String group, String artifact) {
            return "<dependency><groupId>" + group + "</groupId><artifactId>" + artifact
                    + "</artifactId><version>1</version></dependency>";
        }

        @Override
        public StringModelSource resolveModel(Parent parent) {
            throw new AssertionError("a parent outside of this repository: " + parent);
        }

        @Override
        public StringModelSource resolveModel(Dependency dependency) {
            return resolveModel(dependency.getGroupId(), dependency.getArtifactId(), dependency.getVersion());
        }

        @Override
        public void addRepository(Repository repository) {}

        @Override
        public void addRepository(Repository repository, boolean replace) {}

        @Override
        public ModelResolver newCopy() {
            return this;
        }
    }
}
