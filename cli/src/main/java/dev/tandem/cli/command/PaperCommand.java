package dev.tandem.cli.command;

import dev.tandem.cli.console.Console;
import dev.tandem.cli.console.Interrupt;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = PaperCommand.NAME,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Repeats an experiment of the paper, and draws what is seen.")
public final class PaperCommand implements Runnable {
    static final String NAME = "paper";

    @Spec
    CommandSpec spec;

    private PaperCommand() {}

    /** The command with its experiments. */
    public static CommandLine line(Console console, Interrupt interrupt) {
        return new CommandLine(new PaperCommand())
                .addSubcommand(new Figure1Command(console, interrupt))
                .addSubcommand(new ColumnsCommand(console, interrupt))
                .addSubcommand(new ActivationsCommand(console))
                .addSubcommand(new AugmentationCommand(console))
                .addSubcommand(new DropoutCommand(console))
                .addSubcommand(new LearningRateCommand(console));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which experiment?");
    }
}
