package dev.tandem.nn.layer;

/**
 * The name of a parameter in a network, written {@code layer.kind}: {@code conv1.weight}.
 *
 * @param layer the name of the layer in the network, without dots; empty for a parameter of a layer on its own
 * @param kind the parameter's name in that layer; dotted if the layer has layers of its own: {@code 0.weight}
 */
public record ParameterName(String layer, String kind) {
    private static final char SEPARATOR = '.';

    /** Reads a name: the layer is what precedes the first dot. */
    public static ParameterName parse(String name) {
        int dot = name.indexOf(SEPARATOR);
        return dot < 0
                ? new ParameterName("", name)
                : new ParameterName(name.substring(0, dot), name.substring(dot + 1));
    }

    /** Whether this is a bias of its layer. */
    public boolean isBias() {
        return is("bias");
    }

    /** Whether these are weights of its layer. */
    public boolean isWeight() {
        return is("weight");
    }

    private boolean is(String last) {
        return kind.substring(kind.lastIndexOf(SEPARATOR) + 1).equals(last);
    }

    @Override
    public String toString() {
        return layer.isEmpty() ? kind : layer + SEPARATOR + kind;
    }
}
