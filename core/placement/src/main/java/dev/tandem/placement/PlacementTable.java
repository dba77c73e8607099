package dev.tandem.placement;

import dev.tandem.nn.layer.LayerPattern;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Locale;

/**
 * Along which axis each layer is divided. The first rule whose pattern matches a layer's name decides. A layer that
 * matches none is not divided.
 *
 * @param rules the rules, in order
 */
public record PlacementTable(List<Rule> rules) {
    /**
     * A line of the table.
     *
     * @param pattern a {@link LayerPattern}: a layer's name, {@code *} standing for any characters
     * @param axis how such layers are divided
     */
    public record Rule(String pattern, Axis axis) {
        boolean matches(String layer) {
            return new LayerPattern(pattern).matches(layer);
        }
    }

    public PlacementTable {
        rules = List.copyOf(rules);
    }

    /** Every layer along {@code axis}. */
    public static PlacementTable all(Axis axis) {
        return new PlacementTable(List.of(new Rule("*", axis)));
    }

    /**
     * Reads rules written {@code pattern=axis}, such as {@code fc*=channel}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for any other text
     */
    public static PlacementTable parse(List<String> lines) {
        return new PlacementTable(lines.stream().map(PlacementTable::rule).toList());
    }

    private static Rule rule(String line) {
        String[] parts = line.split("=", -1);
        for (Axis axis : Axis.values()) {
            if (parts.length == 2
                    && !parts[0].isBlank()
                    && parts[1].strip().equals(axis.name().toLowerCase(Locale.ROOT))) {
                return new Rule(parts[0].strip(), axis);
            }
        }
        throw TandemException.of(
                ErrorCode.INVALID_CONFIGURATION,
                "placement table",
                "not a rule",
                line,
                "pattern=axis with axis none, channel or batch",
                "Write for example fc*=channel");
    }

    /** The axis of the layer called {@code layer}. */
    public Axis axisOf(String layer) {
        return rules.stream()
                .filter(rule -> rule.matches(layer))
                .map(Rule::axis)
                .findFirst()
                .orElse(Axis.NONE);
    }

    /**
     * Checks that every rule matches one of {@code layers}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for the first that does not
     */
    void requireMatches(List<String> layers) {
        for (Rule rule : rules) {
            if (layers.stream().noneMatch(rule::matches)) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "placement table",
                        "no layer has a name like that",
                        rule.pattern(),
                        "one of " + layers,
                        "Leave the rule out, or correct its pattern");
            }
        }
    }
}
