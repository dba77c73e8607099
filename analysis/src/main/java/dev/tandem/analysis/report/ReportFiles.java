package dev.tandem.analysis.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.spi.AtomicFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The numbers of a report as files of JSON, one for each subject. */
public final class ReportFiles {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ReportFiles() {}

    /** The folder of the files that belong to {@code page}: {@code report-data} beside {@code report.html}. */
    public static Path folderOf(Path page) {
        String name = page.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return page.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + "-data");
    }

    /** Writes the files into {@code folder}, replacing those of an earlier report; returns them. */
    public static List<Path> write(Report report, Path folder) {
        Map<String, Object> runs = new LinkedHashMap<>();
        runs.put("title", report.title());
        runs.put("created", report.created());
        runs.put("version", report.version());
        runs.put("notes", report.notes());
        runs.put("runs", report.runs());
        runs.put("evaluation", report.evaluation());
        Map<String, Object> classes = new LinkedHashMap<>();
        classes.put("classes", report.classes());
        classes.put("perClass", report.perClass());
        Map<String, Object> confusion = new LinkedHashMap<>();
        confusion.put("confusion", report.confusion());
        confusion.put("pairs", report.pairs());
        Map<String, Object> calibration = new LinkedHashMap<>();
        calibration.put("calibration", report.calibration());
        Map<String, Object> images = new LinkedHashMap<>();
        images.put("mistakes", report.mistakes());
        images.put("hardest", report.hardest());
        images.put("nearest", report.nearest());
        Map<String, Object> kernels = new LinkedHashMap<>();
        kernels.put("kernels", report.kernels());
        Map<String, Object> layers = new LinkedHashMap<>();
        layers.put("layers", report.layers());
        layers.put("memory", report.memory());
        return List.of(
                write(folder, "runs", runs),
                write(folder, "classes", classes),
                write(folder, "confusion", confusion),
                write(folder, "calibration", calibration),
                write(folder, "images", images),
                write(folder, "kernels", kernels),
                write(folder, "layers", layers));
    }

    private static Path write(Path folder, String name, Object content) {
        Path file = folder.resolve(name + ".json");
        try {
            AtomicFile.write(file, JSON.writeValueAsBytes(content));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report is plain records and maps", e);
        }
        return file;
    }
}
