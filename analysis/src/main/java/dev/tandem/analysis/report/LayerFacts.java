package dev.tandem.analysis.report;

import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.LayerStep;
import dev.tandem.nn.layer.MergeStep;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a layer is and costs. Bytes are those of a training step at the recipe's batch, of all devices together, each
 * tensor once.
 *
 * @param name its name
 * @param kind what it computes, in words, such as {@code convolution}
 * @param inputs the layers, or inputs of the network, that it takes
 * @param output the extents of its output for one image
 * @param parameters how many parameters it has
 * @param parameterBytes of its parameters and states
 * @param optimizerBytes of what the optimizer keeps for them, such as velocities
 * @param activationBytes of its output; 0 for an activation that is computed in place
 * @param multiplyAdds of its forward pass for one image
 * @param weightNorm the Euclidean length of its weights; null if it has none, or the model is not there
 */
public record LayerFacts(
        String name,
        String kind,
        List<String> inputs,
        int[] output,
        long parameters,
        long parameterBytes,
        long optimizerBytes,
        long activationBytes,
        long multiplyAdds,
        @Nullable Double weightNorm) {
    /**
     * The layers of a recipe.
     *
     * @param model whose weights are measured; null if there is none
     */
    static List<LayerFacts> of(Recipe recipe, @Nullable PlacedModel model) {
        Map<String, List<ParameterSpec>> specs = recipe.network().parameters(recipe.inputs(1)).stream()
                .collect(Collectors.groupingBy(
                        spec -> ParameterName.parse(spec.name()).layer()));
        Map<String, Step> nodes = new HashMap<>();
        recipe.network().nodes().forEach(node -> nodes.put(node.name(), node));
        Set<String> computed = recipe.network().steps().stream().map(Step::name).collect(Collectors.toSet());
        int states = recipe.training().state().size();
        List<LayerFacts> facts = new ArrayList<>();
        for (ModelSummary.Row row :
                ModelSummary.of(recipe.network(), recipe.samples()).rows()) {
            List<ParameterSpec> own = specs.getOrDefault(row.name(), List.of());
            Step node = nodes.get(row.name());
            boolean inPlace = !computed.contains(row.name());
            facts.add(new LayerFacts(
                    row.name(),
                    kind(node),
                    row.inputs(),
                    row.output().dims(),
                    row.parameters(),
                    bytes(own),
                    states * bytes(own.stream().filter(ParameterSpec::isTrained).toList()),
                    inPlace ? 0 : row.output().elements() * recipe.batch() * Float.BYTES,
                    row.multiplyAdds(),
                    model == null ? null : norm(model, own)));
        }
        return facts;
    }

    private static long bytes(List<ParameterSpec> specs) {
        return specs.stream().mapToLong(spec -> spec.shape().elements()).sum() * Float.BYTES;
    }

    private static @Nullable Double norm(PlacedModel model, List<ParameterSpec> specs) {
        return specs.stream()
                .filter(spec ->
                        !spec.isState() && !ParameterName.parse(spec.name()).isBias())
                .findFirst()
                .map(spec -> model.norm(spec.name()))
                .map(HistoryColumns::finite)
                .orElse(null);
    }

    private static String kind(Step node) {
        if (node instanceof LayerStep step && step.layer() instanceof Activation activation) {
            return activation.function().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
        Class<?> kind = node instanceof LayerStep step
                ? step.layer().getClass()
                : ((MergeStep) node).merge().getClass();
        // A layer that a program wrote as a lambda has no name of its own.
        String name = kind.isHidden() ? "" : kind.getSimpleName();
        return name.isEmpty()
                ? "layer of a program"
                : name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }
}
