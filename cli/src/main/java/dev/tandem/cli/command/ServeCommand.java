package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.cli.console.Interrupt;
import dev.tandem.cli.run.Session;
import dev.tandem.cli.wiring.CliModule;
import dev.tandem.nn.data.Views;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedClassifier;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.ComputedRows;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.TandemException;
import dev.tandem.web.server.WebOptions;
import dev.tandem.web.server.WebServer;
import dev.tandem.web.service.InferenceService;
import dev.tandem.web.service.ServedNet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "serve",
        description = "Answers over HTTP with the classes and the features of images, until it is told to stop.")
public final class ServeCommand extends ConfiguredCommand {
    private final Interrupt interrupt;

    @Option(
            names = "--run",
            paramLabel = "DIR|FILE",
            required = true,
            description = "The run folder; or a checkpoint, or a file of published weights.")
    Path run;

    @Option(
            names = "--checkpoint",
            paramLabel = "last|best|FILE",
            description = "Which checkpoint of the run; default: best.")
    String checkpoint;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What clients call the net; default: the name of the folder or the file.")
    String name;

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
            defaultValue = "8080",
            description = "The port; 0: any that is free. Default: 8080.")
    int port;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "What callers present; default: TANDEM_TOKEN of the environment, else one is drawn and printed.")
    String token;

    @Option(
            names = "--views",
            paramLabel = "1|9|10",
            defaultValue = "1",
            description = "Crops per image unless a request says otherwise; default: 1.")
    int views;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "The most rows, a row a crop, that are computed at once; default: 16.")
    Integer batch;

    @Option(
            names = "--batch-wait",
            paramLabel = "MS",
            defaultValue = "0",
            description = "How many milliseconds a request waits for others while the net is idle; default: 0.")
    int batchWait;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "1024",
            description = "The most rows that wait; requests beyond are answered 429 at once; default: 1024.")
    int queue;

    public ServeCommand(Console console, Interrupt interrupt) {
        super(console);
        this.interrupt = interrupt;
    }

    /** The last line of {@code --json}. */
    private record ServeResult(String address, String name, long rows, long batches) {}

    @Override
    int run() {
        String called = name == null ? nameOf(run) : name;
        ServedNet.requireName(called);
        ClassifierOptions options = options();
        WebOptions web = new WebOptions(host, port, Optional.ofNullable(token).or(ServeCommand::tokenOfEnvironment));
        CountDownLatch stop = new CountDownLatch(1);
        interrupt.onRequest(stop::countDown);
        boolean isFolder = !Files.isRegularFile(run);
        if (!isFolder && checkpoint != null) {
            throw TandemException.argument(
                    "--checkpoint", "of a run only", "--run " + run + ", a file", "a run folder", "Leave it out");
        }
        RunFolder folder = isFolder ? RunFolder.existing(run) : null;
        TandemConfig config = configuration(folder);
        try (Wired parts = CliModule.open(config)) {
            Session session = parts.get(Session.class);
            if (!isFolder) {
                try (Classifier classifier = Classifier.open(run, session.placement(), options)) {
                    return serve(web, new ServedNet(called, classifier, options.views()), stop);
                }
            }
            try (TrainedClassifier trained = TrainedClassifier.open(
                    folder,
                    checkpoint,
                    session.recipes(),
                    session.photographs().imageOptions(),
                    session.placement(),
                    options)) {
                return serve(web, new ServedNet(called, trained.classifier(), options.views()), stop);
            }
        }
    }

    private static Optional<String> tokenOfEnvironment() {
        return Optional.ofNullable(System.getenv("TANDEM_TOKEN"));
    }

    private ClassifierOptions options() {
        Views wanted = Views.of("--views", Integer.toString(views));
        ClassifierOptions options = ClassifierOptions.defaults()
                .withViews(wanted)
                .withBatchWait(Duration.ofMillis(batchWait))
                .withQueue(queue, Duration.ZERO);
        return batch == null ? options : options.withBatch(batch);
    }

    /** The name of a folder or file, with what clients could not write in an address left out. */
    private static String nameOf(Path path) {
        String file = path.toAbsolutePath().normalize().getFileName().toString();
        String plain = file.replaceFirst("\\.[A-Za-z.]{1,16}$", "").replaceAll("[^A-Za-z0-9._-]+", "-");
        return plain.isEmpty() ? "net" : plain.substring(0, Math.min(plain.length(), 64));
    }

    private int serve(WebOptions web, ServedNet net, CountDownLatch stop) {
        String address;
        try (InferenceService service = InferenceService.start(web, net)) {
            WebServer server = service.server();
            address = server.address();
            announce(web, net, server);
            stop.await();
            say("Stopping: requests under way are answered.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.INTERRUPTED;
        }
        ComputedRows computed = net.classifier().computed();
        say(String.format(
                Locale.ROOT,
                "Stopped. %,d rows in %,d batches, %.1f a batch.",
                computed.rows(),
                computed.batches(),
                computed.mean()));
        answer(new ServeResult(address, net.name(), computed.rows(), computed.batches()));
        return ExitStatus.OK;
    }

    private void announce(WebOptions web, ServedNet net, WebServer server) {
        String address = server.address();
        String header = web.isLoopback()
                ? ""
                : " -H 'Authorization: Bearer " + server.access().token() + "'";
        List<Integer> sizes = net.classifier().batchSizes();
        say(net.name() + ": recipe " + net.classifier().recipe().name() + ", "
                + net.classifier().classNames().size() + " classes, up to " + sizes.get(sizes.size() - 1)
                + " rows at once (batches of " + sizes + ", with the same bits)");
        say("Address: " + (web.isLoopback() ? address : server.addressWithToken()));
        say("Classes: curl" + header + " --data-binary @photo.jpg " + address + "classify");
        say("Features: curl" + header + " --data-binary @photo.jpg " + address + "features/" + net.lastHidden());
        say("All that it answers: " + address + "docs; Open Inference Protocol: " + address + "v2/models/"
                + net.name());
        say("Ctrl-C or SIGTERM stops it.");
        console.out().flush();
    }
}
