package dev.tandem.cli.console;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.nio.charset.Charset;
import org.slf4j.LoggerFactory;

/**
 * Logs to standard error: what Tandem does, and what others warn of. In code, as reading a logback.xml would cost a
 * fifth of a second at every start.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {
    private static final String TANDEM = "dev.tandem";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setCharset(TextOutput.encoding("stderr.encoding"));
        encoder.setLayout(new Line(encoder.getCharset()));
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        root.setLevel(Level.WARN);
        context.getLogger(TANDEM).setLevel(Level.INFO);
        // JavaCPP warns that its version is not ND4J's own, which is on purpose.
        context.getLogger("org.bytedeco").setLevel(Level.ERROR);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** A message with its level, and below it the stack trace of what was caught. */
    private static final class Line extends LayoutBase<ILoggingEvent> {
        private final Charset charset;

        Line(Charset charset) {
            this.charset = charset;
        }

        @Override
        public String doLayout(ILoggingEvent event) {
            String line = String.format("%-5s %s", event.getLevel(), event.getFormattedMessage());
            String trace =
                    event.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(event.getThrowableProxy());
            return TextOutput.line(line, charset) + System.lineSeparator() + trace;
        }
    }

    /** Logs Tandem's details too. */
    public static void verbose() {
        ((Logger) LoggerFactory.getLogger(TANDEM)).setLevel(Level.DEBUG);
    }
}
