package dev.tandem.analysis.explain;

import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.run.picture.KernelPicture;
import dev.tandem.spi.Shape;
import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.Map;

/** The filters of every convolution: the first layer's in colour, as the paper's figure 3, the others' in grey. */
public final class FilterPictures {
    private FilterPictures() {}

    /** A picture of each layer whose weights are kernels, {@code (K, C, h, w)}, by the layer's name, in order. */
    public static Map<String, BufferedImage> draw(Network network, PlacedModel model) {
        Map<String, BufferedImage> pictures = new LinkedHashMap<>();
        for (ParameterSpec spec : model.parameters()) {
            ParameterName name = ParameterName.parse(spec.name());
            Shape shape = spec.shape();
            if (name.isWeight() && shape.rank() == 4) {
                boolean isFirst = spec.name().equals(model.parameters().get(0).name());
                pictures.put(
                        name.layer(),
                        isFirst && KernelPicture.isPossible(model)
                                ? KernelPicture.draw(network, model)
                                : KernelSheet.draw(name.layer(), model.read(spec.name()), shape));
            }
        }
        return pictures;
    }
}
