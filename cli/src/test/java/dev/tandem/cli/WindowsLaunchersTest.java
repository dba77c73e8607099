package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What can be said of {@code tandem.cmd} without Windows. */
class WindowsLaunchersTest {
    private static final List<Path> CMD =
            List.of(Path.of("../tandem.cmd"), Path.of("../distribution/src/main/bin/tandem.cmd"));
    private static final List<Path> SH = List.of(Path.of("../tandem"), Path.of("../distribution/src/main/bin/tandem"));

    /** What each start needs; not what {@code ./tandem} adds for its class-data archive and under ulimit. */
    private static final Pattern OPTION =
            Pattern.compile("-(Xshare|Xlog|XX:[+]Use[A-Za-z0-9]+|Djava|Dorg|-enable-native|-sun-misc)[^\\s\")]*");

    @Test
    void linesEndAsWindowsReadsThem() throws IOException {
        for (Path cmd : CMD) {
            String text = Files.readString(cmd);
            assertThat(text.replace("\r\n", "")).as(cmd.toString()).doesNotContain("\n", "\r");
            assertThat(text).as("ASCII only, in whatever code page").matches("\\p{ASCII}*");
        }
        assertThat(Files.readString(Path.of("../.gitattributes"))).contains("*.cmd text eol=crlf");
    }

    @Test
    void allLaunchersPassTheSameOptions() throws IOException {
        TreeSet<String> expected = options(SH.get(0));
        assertThat(expected).contains("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED");
        for (Path launcher : List.of(SH.get(1), CMD.get(0), CMD.get(1))) {
            assertThat(options(launcher)).as(launcher.toString()).isEqualTo(expected);
        }
    }

    private static TreeSet<String> options(Path launcher) throws IOException {
        TreeSet<String> options = new TreeSet<>();
        Matcher found = OPTION.matcher(Files.readString(launcher));
        while (found.find()) {
            options.add(found.group());
        }
        return options;
    }

    @Test
    void namesStayAsTheyAreAndTheStatusIsPassedOn() throws IOException {
        for (Path cmd : CMD) {
            List<String> lines = Files.readAllLines(cmd);
            assertThat(lines).contains("setlocal EnableExtensions DisableDelayedExpansion");
            assertThat(lines.get(lines.size() - 2)).startsWith("\"%java%\" ").endsWith(" %*");
            assertThat(lines.get(lines.size() - 1)).isEqualTo("exit /b %ERRORLEVEL%");
        }
    }

    @Test
    void theBuildPutsTheJarsWhereTheLauncherReadsThem() throws IOException {
        assertThat(Files.readString(CMD.get(0))).contains("mvn -q -B -Plauncher ", "%home%\\cli\\target\\lib\\*");
        assertThat(Files.readString(Path.of("pom.xml")))
                .contains("<id>launcher</id>", "<outputDirectory>${project.build.directory}/lib</outputDirectory>");
    }
}
