package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * A page of the documentation, done as it says in a folder: its files are written, and its commands run in this process,
 * with one epoch of a tiny net on few photographs.
 *
 * @param page the page
 * @param folder where it is done; {@code photos} is in it
 */
record Guide(Path page, Path folder) {
    /** A file that the page shows, after its name at the end of a paragraph. */
    private static final Pattern FILE = Pattern.compile("(?s)`([\\w./-]+)`:\n\n```\\w*\n(.*?)```");

    private static final Pattern HERE = Pattern.compile(
            "(runs|photos|pictures|shards|explained|mine|programs)(/.*)?|[\\w-]+\\.(jpg|png|onnx|html)");
    /** The class path of a build, which this process has. */
    private static final String BUILD = ".tandem-builds/$(cat .tandem-builds/current)/lib/*";

    private static final String OWN_CLASSES = "TANDEM_CLASSPATH=";
    private static final Set<String> ON_A_NET = Set.of("train", "bench");

    /** The page {@code docs/NAME.md}. */
    static Guide of(String name, Path folder) {
        return new Guide(Path.of("../docs", name + ".md"), folder);
    }

    /** Runs all commands of the page. */
    void run() throws IOException {
        for (String line : GuideCommands.lines(page)) {
            run(line);
        }
    }

    /** Runs a line: the compiler, or Tandem, perhaps with classes of one's own. */
    void run(String line) throws IOException {
        List<String> words = new ArrayList<>(GuideCommands.words(line));
        if (words.get(0).equals("javac")) {
            words.replaceAll(word -> word.equals(BUILD) ? System.getProperty("java.class.path") : here(word));
            compile(words.subList(1, words.size()));
        } else if (words.get(0).startsWith(OWN_CLASSES)) {
            String[] paths = words.remove(0).substring(OWN_CLASSES.length()).split(":", -1);
            try (Loaded classes = load(paths)) {
                assertDone(line, Invocation.of(arguments(words)));
            }
        } else {
            assertDone(line, Invocation.of(arguments(words)));
        }
    }

    static void assertDone(String line, Invocation done) {
        assertThat(done.status()).as("%s%n%s%n%s", line, done.out(), done.err()).isZero();
    }

    /** The words behind {@code ./tandem}, for this folder. */
    String[] arguments(List<String> words) {
        assertThat(words.get(0)).isEqualTo("./tandem");
        List<String> here = new ArrayList<>();
        words.stream().skip(1).map(this::here).forEach(here::add);
        here.replaceAll(word -> word.replace("tandem.backend=cuda", "tandem.cpu.devices=2"));
        if (ON_A_NET.contains(here.get(0))) {
            here.addAll(1, Invocation.TINY);
        }
        if (here.get(0).equals("train")) {
            GuideCommands.set(here, "--epochs", "1");
            GuideCommands.set(here, "--batch", "6");
            if (!here.contains("--data")) {
                GuideCommands.set(here, "--data", folder.resolve("photos").toString());
            }
        }
        return here.toArray(String[]::new);
    }

    private String here(String word) {
        if (word.startsWith("examples/") || word.startsWith("core/")) {
            return Path.of("..", word).toString();
        }
        return HERE.matcher(word).matches() ? folder.resolve(word).toString() : word;
    }

    /** Writes the files that the page shows, and gives their paths in the folder. */
    List<Path> writeFiles() throws IOException {
        List<Path> files = FILE.matcher(Files.readString(page))
                .results()
                .map(file -> folder.resolve(file.group(1)))
                .toList();
        List<String> texts = FILE.matcher(Files.readString(page))
                .results()
                .map(file -> file.group(2))
                .toList();
        for (int i = 0; i < files.size(); i++) {
            Files.createDirectories(files.get(i).getParent());
            Files.writeString(files.get(i), texts.get(i));
        }
        return files;
    }

    static void compile(List<String> arguments) {
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        assertThat(status).isZero();
    }

    /** Compiles files of the page that its commands do not, into {@code target} of the folder. */
    void compileInto(String target, Path... sources) {
        String path = System.getProperty("java.class.path") + File.pathSeparator + folder.resolve(target);
        List<String> arguments = new ArrayList<>(
                List.of("-cp", path, "-d", folder.resolve(target).toString()));
        Stream.of(sources).map(Path::toString).forEach(arguments::add);
        compile(arguments);
    }

    /** Classes of one's own, found by this thread until they are closed. */
    record Loaded(URLClassLoader loader, ClassLoader before) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            Thread.currentThread().setContextClassLoader(before);
            loader.close();
        }
    }

    Loaded load(String... paths) throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        for (String path : paths) {
            Path found = Path.of(here(path));
            assertThat(found).exists();
            urls.add(found.toUri().toURL());
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        URLClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), before);
        thread.setContextClassLoader(loader);
        return new Loaded(loader, before);
    }
}
