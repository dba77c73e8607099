import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.HeadingAnchorExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.text.TextContentRenderer;

/**
 * Adds the guides to the Javadoc site: each page of {@code docs} and the three at the root, as HTML in its folder
 * {@code guides}. Links to sources become links to their Javadoc; links to other files of the repository become text. A link
 * that leads nowhere fails the build.
 *
 * <p>{@code java GuidePages.java REPOSITORY SITE}, after the site has been made.
 */
public final class GuidePages {
    private static final List<String> AT_THE_ROOT = List.of("README.md", "CHANGELOG.md", "CONTRIBUTING.md");
    private static final Pattern SOURCE = Pattern.compile(".*/src/main/java/(dev/tandem/.+?)(\\.java)?");
    private static final Pattern PICTURE_OR_DATA = Pattern.compile("docs/.*\\.(png|jpg|svg|json|conf|jsonl)");
    private static final List<Extension> EXTENSIONS =
            List.of(TablesExtension.create(), HeadingAnchorExtension.create());
    private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();
    private static final HtmlRenderer RENDERER =
            HtmlRenderer.builder().extensions(EXTENSIONS).build();

    private final Path repository;
    private final Path site;
    /** From a page's path in the repository to its place in the site, both with slashes. */
    private final Map<String, String> places = new TreeMap<>();

    private final Map<String, Set<String>> anchors = new HashMap<>();
    private final List<String> astray = new ArrayList<>();

    private GuidePages(Path repository, Path site) throws IOException {
        this.repository = repository;
        this.site = site;
        try (Stream<Path> files = Files.walk(repository.resolve("docs"))) {
            files.map(file -> repository.relativize(file).toString().replace('\\', '/'))
                    .filter(path -> path.endsWith(".md"))
                    .forEach(path -> places.put(path, place(path.substring("docs/".length()))));
        }
        AT_THE_ROOT.forEach(page -> places.put(page, "guides/project/" + html(page)));
    }

    private static String place(String path) {
        return "guides/" + html(path.replaceFirst("README\\.md$", "index.md"));
    }

    private static String html(String page) {
        return page.replaceFirst("\\.md$", ".html");
    }

    public static void main(String[] arguments) throws IOException {
        GuidePages guides = new GuidePages(
                Path.of(arguments[0]).toAbsolutePath().normalize(),
                Path.of(arguments[1]).toAbsolutePath().normalize());
        if (!Files.exists(guides.site.resolve("index.html"))) {
            throw new IOException("guides: the Javadoc site is missing, got " + guides.site
                    + ", expected its index.html. Run javadoc:aggregate first.");
        }
        guides.write();
    }

    private void write() throws IOException {
        Map<String, Node> pages = new TreeMap<>();
        for (String path : places.keySet()) {
            Node page = PARSER.parse(Files.readString(repository.resolve(path)));
            pages.put(path, page);
            anchors.put(path, ids(RENDERER.render(page)));
        }
        for (Map.Entry<String, Node> page : pages.entrySet()) {
            Path target = site.resolve(places.get(page.getKey()));
            Files.createDirectories(target.getParent());
            Files.writeString(target, html(page.getKey(), page.getValue()));
        }
        if (!astray.isEmpty()) {
            throw new IOException("guides: links lead nowhere, got " + astray + ", expected pages of the site.");
        }
        System.out.println("guides: " + pages.size() + " pages in " + site.resolve("guides"));
    }

    private static Set<String> ids(String html) {
        Set<String> ids = new HashSet<>();
        Pattern.compile(" id=\"([^\"]+)\"").matcher(html).results().forEach(id -> ids.add(id.group(1)));
        return ids;
    }

    private String html(String path, Node page) throws IOException {
        List<Node> addressed = new ArrayList<>();
        List<String> titles = new ArrayList<>();
        page.accept(new AbstractVisitor() {
            @Override
            public void visit(Link link) {
                addressed.add(link);
                visitChildren(link);
            }

            @Override
            public void visit(Image image) {
                addressed.add(image);
            }

            @Override
            public void visit(Heading heading) {
                titles.add(TextContentRenderer.builder().build().render(heading));
                visitChildren(heading);
            }
        });
        for (Node node : addressed) {
            if (node instanceof Image image) {
                image.setDestination(address(path, image.getDestination()));
            } else {
                Link link = (Link) node;
                String address = address(path, link.getDestination());
                link.setDestination(address);
                if (address == null) {
                    unlink(link);
                }
            }
        }
        String top = "../".repeat(places.get(path).split("/").length - 1);
        return PAGE.replace("TITLE", titles.get(0).replace("&", "&amp;").replace("<", "&lt;"))
                .replace("TOP/", top)
                .replace("BODY", RENDERER.render(page));
    }

    private static void unlink(Link link) {
        for (Node child = link.getFirstChild(); child != null; child = link.getFirstChild()) {
            link.insertBefore(child);
        }
        link.unlink();
    }

    /** Where a link of a page leads in the site; null for a file of the repository that is not in the site. */
    private String address(String page, String link) throws IOException {
        if (link.matches("[a-z]+:.*")) {
            return link;
        }
        String[] parts = link.split("#", 2);
        Path file = parts[0].isEmpty()
                ? repository.resolve(page)
                : repository.resolve(page).resolveSibling(parts[0]).normalize();
        String path = repository.relativize(file).toString().replace('\\', '/');
        if (places.containsKey(path)) {
            if (parts.length > 1 && !anchors.get(path).contains(parts[1])) {
                astray.add(page + ": " + link);
            }
            return relative(page, places.get(path)) + (parts.length > 1 ? "#" + parts[1] : "");
        }
        Matcher source = SOURCE.matcher(path);
        if (source.matches()) {
            String target = source.group(1) + (source.group(2) == null ? "/package-summary.html" : ".html");
            return Files.exists(site.resolve(target)) ? relative(page, target) : null;
        }
        if (PICTURE_OR_DATA.matcher(path).matches()) {
            Path copy = site.resolve("guides").resolve(path.substring("docs/".length()));
            Files.createDirectories(copy.getParent());
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            return relative(page, site.relativize(copy).toString().replace('\\', '/'));
        }
        if (!Files.exists(file)) {
            astray.add(page + ": " + link);
        }
        return null;
    }

    private String relative(String page, String target) {
        return Path.of(places.get(page)).getParent().relativize(Path.of(target)).toString().replace('\\', '/');
    }

    private static final String PAGE =
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>TITLE - Tandem</title>
            <style>
            :root { color-scheme: light dark; }
            body { font: 1rem/1.55 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
            nav { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding-bottom: .5rem; }
            nav a { margin-right: 1rem; }
            pre { overflow-x: auto; padding: .75rem; background: color-mix(in srgb, currentColor 7%, transparent); }
            code { font-size: .9em; }
            table { border-collapse: collapse; display: block; overflow-x: auto; margin: 1rem 0; }
            th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;
                     border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
            img { max-width: 100%; background: #fff; }
            </style>
            </head>
            <body>
            <nav><a href="TOP/index.html">API</a><a href="TOP/guides/index.html">Guides</a><a \
            href="TOP/guides/project/README.html">Tandem</a></nav>
            <main>
            BODY</main>
            </body>
            </html>
            """;
}
