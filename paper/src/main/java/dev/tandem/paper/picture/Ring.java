package dev.tandem.paper.picture;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import org.knowm.xchart.style.markers.Marker;

/** A circle that does not hide what is below it. */
final class Ring extends Marker {
    private static final double SIZE = 18;

    @Override
    public void paint(Graphics2D canvas, double x, double y, int size) {
        canvas.setStroke(new BasicStroke(3));
        canvas.draw(new Ellipse2D.Double(x - SIZE / 2, y - SIZE / 2, SIZE, SIZE));
    }
}
