package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.web.server.WebOptions;
import dev.tandem.web.view.ViewServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "view",
        description = "Shows runs as live pages: in other processes, finished, or killed; until it is interrupted.")
public final class ViewCommand extends ConfiguredCommand {
    private static final int USUAL_PORT = 6006;
    private final Interrupt interrupt;

    @Option(
            names = "--runs",
            paramLabel = "DIR",
            defaultValue = "runs",
            description = "The folder of runs, at most three folders deep; default: runs.")
    Path runs;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description =
                    "The address to listen on; default: 127.0.0.1; 0.0.0.0 is all. On others than loopback callers"
                            + " need the token.")
    String host;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "The port; 0: any that is free. Default: 6006, or any that is free if that is taken.")
    Integer port;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "What changes, and callers from elsewhere, need; default: TANDEM_TOKEN of the environment, else one"
                            + " is drawn and printed.")
    String token;

    public ViewCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    /** The last line of {@code --json}. */
    private record ViewResult(String address, String folder, int runs) {}

    @Override
    int run() {
        if (Files.exists(runs) && !Files.isDirectory(runs)) {
            throw TandemException.argument(
                    "view",
                    "the runs are in no folder",
                    runs,
                    "a folder",
                    "Name the folder that holds the runs: --runs");
        }
        TandemConfig config = configuration(null);
        CountDownLatch end = new CountDownLatch(1);
        interrupt.onRequest(end::countDown);
        try (ViewServer server = start(config)) {
            Path folder = runs.toAbsolutePath().normalize();
            say("Live pages of the runs in " + folder + ": " + server.address());
            say("With the token, which changing a learning rate needs: " + server.addressWithToken());
            if (server.runs() == 0) {
                say("There are no runs yet. They appear as soon as they are begun: ./tandem train --run "
                        + runs.resolve("NAME"));
            }
            say("Ctrl-C ends it.");
            console.out().flush();
            answer(new ViewResult(server.address(), folder.toString(), server.runs()));
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitStatus.OK;
    }

    private ViewServer start(TandemConfig config) {
        Optional<String> chosen =
                Optional.ofNullable(token).or(() -> Optional.ofNullable(System.getenv("TANDEM_TOKEN")));
        if (port != null) {
            return ViewServer.start(new WebOptions(host, port, chosen), runs, config);
        }
        try {
            return ViewServer.start(new WebOptions(host, USUAL_PORT, chosen), runs, config);
        } catch (TandemException taken) {
            if (taken.code() != ErrorCode.INPUT_OUTPUT) {
                throw taken;
            }
            ViewServer other = ViewServer.start(new WebOptions(host, 0, chosen), runs, config);
            say("Port " + USUAL_PORT + " is taken, perhaps by another ./tandem view: this is on another.");
            return other;
        }
    }
}
