package dev.tandem.web.server;

import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** The project's own pages, styles and scripts, which are files on the class path. */
public final class Pages {
    /** All there are: a path is looked up here, and no file system is asked. */
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    private Pages() {}

    /**
     * Serves a file of the folder {@code pages}.
     *
     * @param path where, such as {@code /run}
     * @param file its name in the folder, such as {@code run.html}
     */
    public static void add(RoutesConfig routes, String path, String file) {
        byte[] bytes = read(file);
        String type = TYPES.get(file.substring(file.lastIndexOf('.') + 1));
        routes.get(
                path,
                request -> request.contentType(type)
                        .header("Cache-Control", "no-cache")
                        .result(bytes));
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
