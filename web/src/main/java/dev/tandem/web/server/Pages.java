package dev.tandem.web.server;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** The project's own pages, styles and scripts, which are files on the class path. */
public final class Pages {
    /** All there are: a path is looked up here, and no file system is asked. */
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "json", "application/json",
            "svg", "image/svg+xml");

    private static final String ASSETS = "/assets/";
    private static final Pattern ASSET = Pattern.compile("\"" + ASSETS + "([^\"]+)\"");
    private static final Pattern IMPORT = Pattern.compile("(?:from|import)\\s*\"(\\.[^\"]+)\"");
    private static final int NOT_MODIFIED = 304;
    private static final int TAG_CHARACTERS = 24;

    private final String type;
    private final byte[] bytes;
    private final byte[] compressed;
    private final String tag;

    private Pages(String file) {
        this.type = Objects.requireNonNull(TYPES.get(file.substring(file.lastIndexOf('.') + 1)), file);
        this.bytes = read(file);
        this.compressed = compressed(bytes);
        this.tag = "W/\"" + digest(bytes).substring(0, TAG_CHARACTERS) + "\"";
    }

    /**
     * Serves a file of the folder {@code pages}.
     *
     * @param path where, such as {@code /run}
     * @param file its name in the folder, such as {@code run.html}
     */
    public static void add(RoutesConfig routes, String path, String file) {
        routes.get(path, new Pages(file)::answer);
    }

    /**
     * Serves HTML files of the folder {@code pages}, and below {@code /assets/} all that they load.
     *
     * @param pages their names in the folder, such as {@code run.html}, by path, such as {@code /run}
     */
    public static void addAll(RoutesConfig routes, Map<String, String> pages) {
        pages.forEach((path, file) -> add(routes, path, file));
        pages.values().stream()
                .flatMap(file -> loadedBy(file).stream())
                .distinct()
                .forEach(file -> add(routes, ASSETS + file, file));
    }

    /** The files of the folder that {@code page} loads: styles and pictures that it names, scripts, what these import. */
    static Set<String> loadedBy(String page) {
        Set<String> loaded = new TreeSet<>();
        Deque<String> open =
                new ArrayDeque<>(found(ASSET, page).map(name -> name.group(1)).toList());
        while (!open.isEmpty()) {
            String file = open.remove();
            if (loaded.add(file) && file.endsWith(".js")) {
                found(IMPORT, file)
                        .map(name -> URI.create(file).resolve(name.group(1)).toString())
                        .forEach(open::add);
            }
        }
        return loaded;
    }

    private static Stream<MatchResult> found(Pattern pattern, String file) {
        return pattern.matcher(new String(read(file), StandardCharsets.UTF_8)).results();
    }

    private void answer(Context request) {
        request.header("Cache-Control", "no-cache").header("ETag", tag).header("Vary", "Accept-Encoding");
        String known = request.header("If-None-Match");
        if (known != null && known.contains(tag)) {
            request.status(NOT_MODIFIED);
            return;
        }
        request.contentType(type);
        String accepted = request.header("Accept-Encoding");
        if (accepted != null && accepted.matches("(?i).*\\bgzip\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$)).*")) {
            request.header("Content-Encoding", "gzip").result(compressed);
        } else {
            request.result(bytes);
        }
    }

    private static byte[] compressed(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The text of a file of the folder {@code pages}. */
    public static byte[] read(String file) {
        try (InputStream in = Pages.class.getResourceAsStream("/dev/tandem/web/pages/" + file)) {
            if (in == null) {
                throw new IllegalStateException("no page " + file);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
