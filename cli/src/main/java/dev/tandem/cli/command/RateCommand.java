package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.ExitStatus;
import dev.tandem.run.RunFolder;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rate",
        description = "Changes the learning rate of a run under way, within a second; the run's events record it.")
public final class RateCommand extends Subcommand {
    @Option(names = "--run", paramLabel = "DIR", required = true, description = "The run folder.")
    Path run;

    @Parameters(
            paramLabel = "RATE",
            description = "The learning rate from then on; the schedule goes on in proportion.")
    double rate;

    public RateCommand(Console console) {
        super(console);
    }

    @Override
    int run() {
        if (!(rate > 0) || Double.isInfinite(rate)) {
            throw TandemException.argument(
                    "rate", "not above 0", rate, "a finite number above 0", "The paper starts at 0.01");
        }
        RunFolder folder = RunFolder.existing(run);
        if (folder.trainer().isEmpty()) {
            throw TandemException.argument(
                    "rate",
                    "nothing trains in " + folder.path(),
                    "no process",
                    "a training under way",
                    "Give the rate when the run goes on: ./tandem train --resume --override -D tandem.train.learning-rate="
                            + rate + " --run " + folder.path());
        }
        folder.requestRate(rate);
        say("Asked the run in " + folder.path() + " for a learning rate of " + rate);
        answer(Map.of("run", folder.path().toString(), "rate", rate));
        return ExitStatus.OK;
    }
}
