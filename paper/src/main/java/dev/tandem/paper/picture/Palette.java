package dev.tandem.paper.picture;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.List;

/** Colours that colour-blind readers tell apart (Okabe and Ito, 2008), each with a line of its own. */
public enum Palette {
    /** Blue, a solid line. */
    BLUE(0x0072B2),
    /** Vermilion, dashes. */
    VERMILION(0xD55E00, 10, 6),
    /** Green, dots. */
    GREEN(0x009E73, 2, 5),
    /** Purple, dashes and dots. */
    PURPLE(0xA64D86, 12, 5, 2, 5),
    /** Orange, long dashes. */
    ORANGE(0xE69F00, 18, 6),
    /** Grey, thin dots, for what is no result. */
    GREY(0x707070, 2, 4);

    private static final float WIDTH = 2.5f;

    private final Color colour;
    private final float[] dashes;

    Palette(int rgb, float... dashes) {
        this.colour = new Color(rgb);
        this.dashes = dashes;
    }

    /** The colour. */
    public Color colour() {
        return colour;
    }

    /** The line. */
    public BasicStroke stroke() {
        float width = this == GREY ? 1.5f : WIDTH;
        return dashes.length == 0
                ? new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND)
                : new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, dashes, 0);
    }

    /** That of the curve at {@code position}, from 0; grey is none. */
    public static Palette of(int position) {
        return CURVES.get(position % CURVES.size());
    }

    private static final List<Palette> CURVES = List.of(BLUE, VERMILION, GREEN, PURPLE, ORANGE);
}
