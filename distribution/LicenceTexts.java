import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Writes one file with the licence texts of everything that is shipped: those in the jars, those of libraries whose jars
 * have none (a folder of texts with an index), and those of the Java runtime. Each text is there once.
 *
 * <p>{@code java LicenceTexts.java FILE-WITH-CLASS-PATH FOLDER-OF-TEXTS RUNTIME/legal OUTPUT}
 */
public final class LicenceTexts {
    private static final Pattern TEXT = Pattern.compile(
            "(?i)(?!.*\\.(class|xml|h|hpp|js|java)$)(.*/licen[sc]es/.+|(.*/)?[^/]*(licen[sc]e|notice|copying|copyright)[^/]*)");

    /** Texts without their white space, with those for which they stand. */
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private record Entry(String text, List<String> users) {}

    private record Known(Pattern jars, List<String> texts) {}

    public static void main(String[] arguments) throws IOException {
        LicenceTexts licences = new LicenceTexts();
        Path texts = Path.of(arguments[1]);
        List<Known> index = index(texts.resolve("index.txt"));
        String[] jars = Files.readString(Path.of(arguments[0])).strip().split(Pattern.quote(java.io.File.pathSeparator));
        Stream<Path> sorted = Stream.of(jars).map(Path::of).sorted((a, b) -> name(a).compareTo(name(b)));
        for (Path jar : (Iterable<Path>) sorted::iterator) {
            int before = licences.count();
            licences.ofJar(jar);
            for (Known known : index) {
                if (known.jars.matcher(name(jar)).matches()) {
                    for (String text : known.texts) {
                        licences.add(name(jar), Files.readString(texts.resolve(text)));
                    }
                }
            }
            if (licences.count() == before) {
                throw new IOException("licences: no text is known, got " + name(jar) + ", expected a text in the jar or a"
                        + " line for it. Add the line to " + texts.resolve("index.txt") + ".");
            }
        }
        licences.ofRuntime(Path.of(arguments[2]));
        licences.write(Path.of(arguments[3]));
    }

    private static String name(Path jar) {
        return jar.getFileName().toString();
    }

    private int count() {
        return entries.values().stream().mapToInt(entry -> entry.users.size()).sum();
    }

    /** Lines of a pattern of jars' names, a blank, and names of texts; '#' begins a comment. */
    private static List<Known> index(Path file) throws IOException {
        List<Known> index = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                String[] words = line.split(" +");
                index.add(new Known(Pattern.compile(words[0]), List.of(words).subList(1, words.length)));
            }
        }
        return index;
    }

    private void ofJar(Path jar) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            List<? extends ZipEntry> found = zip.stream()
                    .filter(entry -> !entry.isDirectory() && TEXT.matcher(entry.getName()).matches())
                    .sorted((a, b) -> a.getName().compareTo(b.getName()))
                    .toList();
            for (ZipEntry entry : found) {
                add(name(jar), new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }

    private void ofRuntime(Path legal) throws IOException {
        try (Stream<Path> files = Files.walk(legal)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile).sorted()::iterator) {
                String module = legal.relativize(file).getName(0).toString();
                add("the Java runtime, " + module, new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
            }
        }
    }

    private void add(String user, String text) {
        Entry entry = entries.computeIfAbsent(
                text.replaceAll("\\s+", ""),
                key -> new Entry(text.lines().map(String::stripTrailing).reduce("", (a, b) -> a + b + "\n").strip(), new ArrayList<>()));
        if (!entry.users.contains(user)) {
            entry.users.add(user);
        }
    }

    private void write(Path output) throws IOException {
        String line = "=".repeat(100) + "\n";
        StringBuilder all = new StringBuilder("The licence texts of what is shipped with Tandem. Tandem's own is in LICENSE.\n");
        for (Entry entry : entries.values()) {
            all.append('\n').append(line);
            entry.users.forEach(user -> all.append(user).append('\n'));
            all.append(line).append('\n').append(entry.text).append('\n');
        }
        Files.writeString(output, all);
    }
}
