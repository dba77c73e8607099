package dev.tandem.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.Interrupt;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A command line run in this process, on a tiny net.
 *
 * @param status the exit status
 * @param out standard output
 * @param err standard error
 */
public record Invocation(int status, String out, String err) {
    /** A net that trains in no time. */
    public static final List<String> TINY = List.of(
            "-D", "tandem.backend=cpu",
            "-D", "tandem.recipes.small.width=12",
            "-D", "tandem.recipes.small.hidden=16",
            "-D", "tandem.recipes.small.image=60",
            "-D", "tandem.recipes.small.crop=56");

    public static Invocation of(String... args) {
        return of((interrupt, text) -> {}, args);
    }

    /** A command on the tiny net. */
    public static Invocation tiny(String command, String... args) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(TINY);
        all.addAll(List.of(args));
        return of(all.toArray(String[]::new));
    }

    /** Called with each line that a command prints to standard error, while it runs. */
    public interface Watch {
        void printed(Interrupt interrupt, String text);
    }

    public static Invocation of(Watch watch, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Interrupt interrupt = new Interrupt();
        Consumer<String> callback = text -> watch.printed(interrupt, text);
        PrintWriter watched = new PrintWriter(err) {
            @Override
            public void println(String text) {
                super.println(text);
                callback.accept(text);
            }
        };
        int status = TandemCommand.execute(new Console(new PrintWriter(out), watched, false), interrupt, args);
        return new Invocation(status, out.toString(), err.toString());
    }

    /** The last line of standard output. */
    public JsonNode json() throws IOException {
        String[] lines = out.strip().split("\n", -1);
        return new ObjectMapper().readTree(lines[lines.length - 1]);
    }
}
