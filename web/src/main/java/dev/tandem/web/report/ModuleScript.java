package dev.tandem.web.report;

import dev.tandem.web.server.Pages;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ES modules put into one script, because a page that is opened as a file may import no other. A module becomes a
 * function that gives what it exports; those that it imports come before it.
 *
 * <p>Understood are the forms that the project's modules have, each at the start of a line: {@code import { a, b as c }
 * from "./x.js";}, {@code import a from "./x.js";}, {@code export function}, {@code async function}, {@code class} or
 * {@code const}, and {@code export { a as default };}. Anything else fails.
 */
final class ModuleScript {
    /** Comments on lines of their own, with these, and the space before code. No module has a text of several lines. */
    private static final Pattern NO_CODE = Pattern.compile("(?m)^\\s*(?:/\\*[\\s\\S]*?\\*/[ \\t]*|//.*)$|^\\s+");

    private static final Pattern IMPORT =
            Pattern.compile("(?m)^import\\s+(?:\\{([^}]*)}|(\\w+))\\s+from\\s+\"(\\.[^\"]+)\";$");
    private static final Pattern DECLARED =
            Pattern.compile("(?m)^export\\s+((?:async\\s+)?function|class|const)\\s+(\\w+)");
    private static final Pattern LISTED = Pattern.compile("(?m)^export\\s+\\{([^}]*)};$");
    private static final Pattern LEFT = Pattern.compile("(?m)^(?:import|export)\\b.*$");
    private static final Pattern ALIAS = Pattern.compile("(\\w+)\\s+as\\s+(\\w+)");

    private final Set<String> begun = new LinkedHashSet<>();
    private final StringBuilder script = new StringBuilder("const modules = {};\n");

    private ModuleScript() {}

    /** The script of a module of the folder {@code pages} with all that it imports. */
    static String of(String entry) {
        ModuleScript all = new ModuleScript();
        all.add(entry);
        return all.script.toString();
    }

    private void add(String file) {
        if (!begun.add(file)) {
            return;
        }
        String source = NO_CODE.matcher(new String(Pages.read(file), StandardCharsets.UTF_8))
                .replaceAll("");
        Matcher imports = IMPORT.matcher(source);
        while (imports.find()) {
            add(resolved(file, imports.group(3)));
        }
        List<String> exports = new ArrayList<>();
        String body = IMPORT.matcher(source)
                .replaceAll(
                        found -> Matcher.quoteReplacement(taken(file, found.group(1), found.group(2), found.group(3))));
        body = DECLARED.matcher(body).replaceAll(found -> {
            exports.add(found.group(2));
            return found.group(1) + " " + found.group(2);
        });
        body = LISTED.matcher(body).replaceAll(found -> {
            exports.add(ALIAS.matcher(found.group(1).strip()).replaceAll("$2: $1"));
            return "";
        });
        Matcher left = LEFT.matcher(body);
        if (left.find()) {
            throw new IllegalStateException(file + " imports or exports in a way that is not known: " + left.group());
        }
        script.append("modules[\"")
                .append(file)
                .append("\"] = (() => {\n")
                .append(body.strip())
                .append("\nreturn { ")
                .append(String.join(", ", exports))
                .append(" };\n})();\n");
    }

    private static String taken(String file, String names, String whole, String from) {
        String what = whole != null
                ? "default: " + whole
                : ALIAS.matcher(names.strip()).replaceAll("$1: $2");
        return "const { " + what + " } = modules[\"" + resolved(file, from) + "\"];";
    }

    private static String resolved(String file, String from) {
        return URI.create("/" + file).resolve(from).getPath().substring(1);
    }
}
