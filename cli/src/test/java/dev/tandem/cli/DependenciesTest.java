package dev.tandem.cli;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** The table of docs/dependencies.md says what the tree of libraries is: docs/third-party.md has its jars. */
class DependenciesTest {
    private static final Pattern JAR =
            Pattern.compile("(?m)^\\| ([\\w.-]+:[\\w.-]+) \\| (\\S+)(?: (\\S+))? \\| (\\S.*) \\|$");
    private static final Pattern ROW = Pattern.compile(
            "(?m)^\\| `([\\w.-]+:[\\w.-]+)` \\| ([^|]+) \\| ([^|]*) \\| ([0-9.]+) \\| ([^|]+) \\| ([^|]+) \\|$");
    private static final Path DOCS = Path.of("../docs");

    private record Jar(String library, String file, boolean isNative, String licence) {
        static Jar of(MatchResult row) {
            String artifact = row.group(1).replaceFirst(".*:", "");
            String classifier = row.group(3) == null ? "" : "-" + row.group(3);
            String file = artifact + "-" + row.group(2) + classifier + ".jar";
            return new Jar(row.group(1), file, !classifier.isEmpty(), row.group(4));
        }
    }

    private record Row(String library, List<String> with, double megabytes, String licence, List<String> modules) {
        static Row of(MatchResult row) {
            List<String> with = Pattern.compile("`([^`]+)`")
                    .matcher(row.group(3))
                    .results()
                    .map(name -> name.group(1))
                    .toList();
            return new Row(
                    row.group(1),
                    with,
                    Double.parseDouble(row.group(4)),
                    row.group(5),
                    List.of(row.group(6).split(", ", -1)));
        }

        boolean names(String other) {
            return library.equals(other) || with.contains(other);
        }

        boolean takes(String other) {
            return with.stream()
                    .filter(name -> name.contains("*"))
                    .anyMatch(name -> other.matches(name.replace(".", "\\.").replace("*", ".*")));
        }
    }

    private static final List<Jar> JARS =
            rows("third-party.md", JAR).map(Jar::of).toList();
    private static final String PAGE = text("dependencies.md");
    private static final List<Row> ROWS =
            rows("dependencies.md", ROW).map(Row::of).toList();

    private static Stream<MatchResult> rows(String page, Pattern row) {
        return row.matcher(text(page)).results();
    }

    private static String text(String page) {
        try {
            return Files.readString(DOCS.resolve(page));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The row that names a library, or otherwise the one that takes it along with others. */
    private static Row rowOf(String library) {
        List<Row> rows = ROWS.stream().filter(row -> row.names(library)).toList();
        if (rows.isEmpty()) {
            rows = ROWS.stream().filter(row -> row.takes(library)).toList();
        }
        assertThat(rows).as("rows of %s in docs/dependencies.md", library).hasSize(1);
        return rows.get(0);
    }

    @Test
    void eachLibraryHasOneRowWithItsLicence() {
        assertThat(JARS).hasSizeGreaterThan(100);
        Map<String, String> licences =
                JARS.stream().collect(toMap(Jar::library, Jar::licence, (one, same) -> one, TreeMap::new));
        licences.keySet().forEach(DependenciesTest::rowOf);
        for (Row row : ROWS) {
            assertThat(licences).containsKey(row.library());
            assertThat(licences.get(row.library())).startsWith(row.licence());
            for (String other : row.with()) {
                assertThat(licences.keySet())
                        .as("%s of %s", other, row.library())
                        .anyMatch(library -> other.contains("*") ? row.takes(library) : library.equals(other));
            }
        }
    }

    @Test
    void theSizesAreThoseOfTheJars() throws IOException {
        assumeTrue(
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64"),
                "skipped: the sizes are those of Linux x86-64");
        Map<String, Path> files = Stream.of(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .collect(toMap(path -> path.getFileName().toString(), path -> path, (one, same) -> one));
        Map<Row, Long> bytes = new TreeMap<>((one, other) -> one.library().compareTo(other.library()));
        long all = 0;
        long natives = 0;
        for (Jar jar : JARS) {
            assertThat(files).containsKey(jar.file());
            long size = Files.size(files.get(jar.file()));
            bytes.merge(rowOf(jar.library()), size, Long::sum);
            all += size;
            natives += jar.isNative() ? size : 0;
        }
        bytes.forEach((row, size) ->
                assertThat(row.megabytes()).as("MB of %s", row.library()).isCloseTo(size / 1e6, within(0.06)));
        assertThat(PAGE)
                .contains(": " + Math.round(all / 1e6) + " in " + JARS.size() + " jars, of which "
                        + Math.round(natives / 1e6) + " are native");
    }

    @Test
    void theModulesAreThoseWhosePomsNameIt() throws Exception {
        Map<String, TreeSet<String>> modules = new TreeMap<>();
        for (Path pom : poms()) {
            String module = Path.of("..").relativize(pom.getParent()).toString().replace('\\', '/');
            for (String library : shipped(pom)) {
                modules.computeIfAbsent(library, name -> new TreeSet<>()).add(module);
            }
        }
        for (Row row : ROWS) {
            assertThat(row.modules()).as(row.library()).isEqualTo(List.copyOf(modules.get(row.library())));
        }
        modules.keySet().removeIf(library -> library.startsWith("org.apache.spark:"));
        assertThat(modules.keySet()).allSatisfy(DependenciesTest::rowOf);
    }

    /** Of the modules that are shipped with the command line or beside it. */
    private static List<Path> poms() throws IOException {
        List<String> others = List.of("benchmarks", "bom", "examples", "natives", "testkit", "core");
        try (Stream<Path> top = Files.list(Path.of(".."));
                Stream<Path> core = Files.list(Path.of("../core"))) {
            return Stream.concat(top, core)
                    .filter(folder -> !others.contains(folder.getFileName().toString()))
                    .map(folder -> folder.resolve("pom.xml"))
                    .filter(Files::exists)
                    .toList();
        }
    }

    /** The libraries that a pom names, natives and what is for tests left out. */
    private static List<String> shipped(Path pom) throws Exception {
        Element project = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(pom.toFile())
                .getDocumentElement();
        NodeList dependencies = project.getElementsByTagName("dependency");
        List<String> found = new ArrayList<>();
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            String group = text(dependency, "groupId");
            if (!group.equals("dev.tandem")
                    && !text(dependency, "scope").equals("test")
                    && text(dependency, "classifier").isEmpty()) {
                found.add(group + ":" + text(dependency, "artifactId"));
            }
        }
        return found;
    }

    private static String text(Element element, String name) {
        for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child.getNodeName().equals(name)) {
                return child.getTextContent();
            }
        }
        return "";
    }
}
