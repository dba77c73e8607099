package dev.tandem.nn.layer;

/**
 * The name of a parameter in a network, written {@code layer.kind}: {@code conv1.weight}.
 *
 * @param layer the name of the layer in the network, with dots if it is in a network in the network:
 *     {@code block1.conv1}; empty for a parameter of a layer on its own
 * @param kind the parameter's name in that layer
 */
public record ParameterName(String layer, String kind) {
    private static final char SEPARATOR = '.';

    /** Reads a name: the layer is what precedes the last dot. */
    public static ParameterName parse(String name) {
        int dot = name.lastIndexOf(SEPARATOR);
        return dot < 0
                ? new ParameterName("", name)
                : new ParameterName(name.substring(0, dot), name.substring(dot + 1));
    }

    /** Whether this is a bias of its layer. */
    public boolean isBias() {
        return kind.equals("bias");
    }

    /** Whether these are weights of its layer. */
    public boolean isWeight() {
        return kind.equals("weight");
    }

    @Override
    public String toString() {
        return layer.isEmpty() ? kind : layer + SEPARATOR + kind;
    }
}
