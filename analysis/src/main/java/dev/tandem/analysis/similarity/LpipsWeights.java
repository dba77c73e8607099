package dev.tandem.analysis.similarity;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How much each channel of AlexNet counts in LPIPS version 0.1, as its authors fitted it to what people see; their
 * licence is beside the resource.
 */
final class LpipsWeights {
    private static final String RESOURCE = "lpips-0.1-alex.txt";
    private static final String KEY = "lin%d.model.1.weight";
    private static final int[] CHANNELS = {64, 192, 384, 256, 256};

    private LpipsWeights() {}

    /** A weight a channel of each of the five layers. */
    static List<float[]> read() {
        String text;
        try (InputStream in = LpipsWeights.class.getResourceAsStream(RESOURCE)) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String[] words = text.strip().split("\\s+");
        List<float[]> weights = new ArrayList<>();
        int at = 0;
        for (int layer = 0; layer < CHANNELS.length; layer++) {
            String key = String.format(KEY, layer);
            if (!words[at++].equals(key)) {
                throw new IllegalStateException(RESOURCE + " has no " + key);
            }
            float[] channels = new float[CHANNELS[layer]];
            for (int channel = 0; channel < channels.length; channel++) {
                channels[channel] = Float.parseFloat(words[at++]);
            }
            weights.add(channels);
        }
        if (at < words.length) {
            throw new IllegalStateException(RESOURCE + " has more than the layers' weights: " + words[at]);
        }
        return weights;
    }
}
