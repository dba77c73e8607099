package dev.tandem.nn.layer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the nodes of a network run.
 *
 * @param steps the nodes, with activations fused, in order
 * @param outputs the steps whose outputs are the network's
 * @param lastUses for each step, the steps whose outputs it uses, but neither a later step nor the network's caller
 */
record RunOrder(List<Step> steps, List<String> outputs, Map<String, List<String>> lastUses) {
    static RunOrder of(List<String> inputs, List<Step> nodes, List<String> outputs) {
        Map<String, String> fused = new HashMap<>();
        List<Step> steps = fuse(nodes, outputs, fused);
        List<String> last =
                outputs.stream().map(name -> fused.getOrDefault(name, name)).toList();
        Set<String> kept = new HashSet<>(inputs);
        kept.addAll(last);
        return new RunOrder(steps, last, lastUses(steps, kept));
    }

    /** The nodes, activations fused; {@code fused} becomes the names of the steps that activations became part of. */
    private static List<Step> fuse(List<Step> nodes, List<String> outputs, Map<String, String> fused) {
        Map<String, Integer> uses = new HashMap<>();
        nodes.forEach(node -> node.inputs().forEach(input -> uses.merge(input, 1, Integer::sum)));
        outputs.forEach(output -> uses.merge(output, 1, Integer::sum));
        Map<String, Step> steps = new LinkedHashMap<>();
        for (Step node : nodes) {
            String before = node.inputs().get(0);
            if (node instanceof LayerStep next
                    && next.layer() instanceof Activation activation
                    && steps.get(before) instanceof LayerStep last
                    && last.canFuse(activation)
                    && uses.get(before) == 1) {
                steps.put(before, last.fused(activation));
                fused.put(node.name(), before);
            } else {
                steps.put(node.name(), node.renamed(fused));
            }
        }
        return List.copyOf(steps.values());
    }

    private static Map<String, List<String>> lastUses(List<Step> steps, Set<String> kept) {
        Map<String, List<String>> uses = new HashMap<>();
        Set<String> usedLater = new HashSet<>(kept);
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            uses.put(step.name(), step.inputs().stream().filter(usedLater::add).toList());
        }
        return uses;
    }
}
