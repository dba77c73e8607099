package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.statistics.PixelSums;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A manifest that grows by one finished shard after the other, in their order. */
final class ManifestDraft {
    private final PackPlan plan;
    private final List<Manifest.Shard> shards = new ArrayList<>();
    private final List<Manifest.Note> quarantined = new ArrayList<>();
    private final List<Manifest.Note> odd = new ArrayList<>();
    private final Map<Split, int[]> counts = new EnumMap<>(Split.class);
    private final PixelSums sums;

    ManifestDraft(PackPlan plan) {
        this.plan = plan;
        this.sums = new PixelSums(plan.options().side());
        ImageListing source = plan.source();
        for (Split split : Split.values()) {
            counts.put(split, new int[source.classes().size()]);
            source.badNames(split).forEach(bad -> quarantined.add(Manifest.Note.of(bad, split, source.files(split))));
        }
    }

    void add(ShardPart part) {
        shards.add(part.shard());
        quarantined.addAll(part.quarantined());
        odd.addAll(part.odd());
        part.sums().ifPresent(sums::add);
        for (Split split : Split.values()) {
            if (part.shard().split().equals(split.folder())) {
                int[] all = counts.get(split);
                Arrays.setAll(all, label -> all[label] + part.counts().get(label));
            }
        }
    }

    /** The manifest; the statistics, if there are any, are written into {@code directory}. */
    Manifest finish(Path directory) throws IOException {
        ImageListing source = plan.source();
        List<Manifest.PackedClass> classes = new ArrayList<>();
        for (int label = 0; label < source.classes().size(); label++) {
            classes.add(Manifest.PackedClass.of(
                    source.classes().get(label),
                    counts.get(Split.TRAIN)[label],
                    counts.get(Split.VALIDATION)[label],
                    counts.get(Split.TEST)[label]));
        }
        return new Manifest(
                Manifest.FORMAT,
                Manifest.VERSION,
                source.kind(),
                plan.digest(),
                plan.options(),
                classes,
                shards,
                sums.images() == 0 ? null : statistics(directory, sums.statistics()),
                quarantined,
                odd);
    }

    private Manifest.Statistics statistics(Path directory, TrainingStatistics statistics) throws IOException {
        Path file = directory.resolve(Packer.STATISTICS);
        statistics.write(file);
        List<Double> mean = new ArrayList<>();
        List<Double> eigenvalues = new ArrayList<>();
        List<List<Double>> eigenvectors = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            mean.add(statistics.channelMean(i));
            eigenvalues.add(statistics.eigenvalue(i));
            eigenvectors.add(
                    List.of(statistics.eigenvector(i, 0), statistics.eigenvector(i, 1), statistics.eigenvector(i, 2)));
        }
        return new Manifest.Statistics(
                Packer.STATISTICS, Sha256.of(file), statistics.images(), mean, eigenvalues, eigenvectors);
    }
}
