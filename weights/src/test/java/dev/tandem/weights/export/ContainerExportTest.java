package dev.tandem.weights.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.alexnet.Recipes;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.checkpoint.DescriptionFormat;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.weights.numpy.NpzFile;
import dev.tandem.weights.published.SideInformation;
import dev.tandem.weights.safetensors.SafetensorsFile;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import dev.tandem.weights.torch.TorchFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ContainerExportTest {
    private static final List<ExportFormat> FORMATS =
            List.of(ExportFormat.SAFETENSORS, ExportFormat.PTH, ExportFormat.NPZ);

    @TempDir
    Path folder;

    private Path export(RandomModel model, ExportFormat format) {
        Path file = folder.resolve("net." + format);
        WeightExport.of(model, model.recipe(), ScanProgress.silent()).write(format, file, false);
        return file;
    }

    private static TensorFile open(Path file, ExportFormat format) {
        return switch (format) {
            case SAFETENSORS -> SafetensorsFile.open(file);
            case PTH -> TorchFile.open(file);
            default -> NpzFile.open(file);
        };
    }

    @ParameterizedTest
    @MethodSource("dev.tandem.weights.export.TinyNets#recipes")
    @DisplayName("every tensor is read again to the bit, under its published name, with what the model is")
    void roundTrip(Recipe recipe) {
        RandomModel model = new RandomModel(recipe);
        List<String> own = List.copyOf(model.parameters().keySet());
        for (ExportFormat format : FORMATS) {
            try (TensorFile file = open(export(model, format), format)) {
                SideInformation side = SideInformation.read(
                        file.file(),
                        file.metadata().get(SideInformation.KEY),
                        shape -> file.tensors().stream()
                                .filter(tensor -> tensor.name().equals(DescriptionFormat.MEAN_IMAGE))
                                .findFirst()
                                .map(StoredTensor::read)
                                .orElse(null));
                assertThat(side.classNames()).isEqualTo(model.classNames());
                assertThat(side.description().input().orElseThrow().preprocessing())
                        .isEqualTo(recipe.preprocessing());
                side.meanImage()
                        .ifPresent(mean -> assertThat(mean.meanImage())
                                .isEqualTo(RandomModel.input(recipe.preprocessing())
                                        .statistics()
                                        .meanImage()));
                List<StoredTensor> tensors = new ArrayList<>(file.tensors());
                tensors.removeIf(tensor -> tensor.name().equals(DescriptionFormat.MEAN_IMAGE));
                assertThat(tensors).hasSameSizeAs(own);
                for (int i = 0; i < own.size(); i++) {
                    assertThat(tensors.get(i).shape())
                            .isEqualTo(model.parameters().get(own.get(i)));
                    assertThat(tensors.get(i).read()).isEqualTo(model.read(own.get(i)));
                }
                List<String> names = tensors.stream().map(StoredTensor::name).toList();
                assertThat(names).isEqualTo(recipe.name().equals("owt") ? torchvision() : own);
            }
        }
    }

    private static List<String> torchvision() {
        List<String> names = new ArrayList<>();
        for (String layer :
                "features.0 features.3 features.6 features.8 features.10 classifier.1 classifier.4 classifier.6"
                        .split(" ")) {
            names.add(layer + ".weight");
            names.add(layer + ".bias");
        }
        return names;
    }

    @Test
    @DisplayName(
            "a zip's entries are stored, their bytes are at multiples of 64, their sums right, equal at each writing")
    void zip() throws IOException {
        RandomModel model = new RandomModel(TinyNets.tiny(Recipes.OWT));
        Path file = export(model, ExportFormat.PTH);
        byte[] bytes = Files.readAllBytes(file);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            byte[] version = zip.getInputStream(zip.getEntry("model/version")).readAllBytes();
            assertThat(version).isEqualTo("3\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            for (ZipEntry entry : java.util.Collections.list(zip.entries())) {
                byte[] content = zip.getInputStream(entry).readAllBytes();
                CRC32 sum = new CRC32();
                sum.update(content);
                assertThat(entry.getCrc()).isEqualTo(sum.getValue());
                assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
                if (content.length > 100) {
                    assertThat(indexOf(bytes, content) % 64).as(entry.getName()).isZero();
                }
            }
        }
        export(model, ExportFormat.PTH);
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    }

    private static int indexOf(byte[] bytes, byte[] content) {
        for (int at = 0; at <= bytes.length - content.length; at++) {
            if (bytes[at] == content[0] && Arrays.equals(bytes, at, at + content.length, content, 0, content.length)) {
                return at;
            }
        }
        return -1;
    }

    @Test
    @DisplayName(
            "each format is known by its name and by a file's; preprocessing has no place in a format without graph")
    void formats() {
        assertThat(ExportFormat.of(Path.of("dir.npz/NET.PTH"))).contains(ExportFormat.PTH);
        assertThat(ExportFormat.of(Path.of("net.pt"))).contains(ExportFormat.PTH);
        assertThat(ExportFormat.of(Path.of("net.bin"))).isEmpty();
        assertThat(ExportFormat.named("caffemodel")).isEqualTo(ExportFormat.CAFFEMODEL);
        assertThatThrownBy(() -> ExportFormat.named("h5"))
                .hasMessage("export format: no such format, got h5, expected one of [safetensors, pth, onnx, npz,"
                        + " caffemodel]");
        RandomModel model = new RandomModel(TinyNets.tiny(Recipes.OWT));
        assertThatThrownBy(() -> WeightExport.of(model, model.recipe(), ScanProgress.silent())
                        .write(ExportFormat.NPZ, folder.resolve("net.npz"), true))
                .hasMessageContaining("preprocessing in a format that has no graph");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @DisplayName("a model that the recipe does not make is refused")
    void otherRecipe() {
        RandomModel model = new RandomModel(TinyNets.tiny(Recipes.OWT));
        assertThatThrownBy(() -> WeightExport.of(model, TinyNets.tiny(Recipes.CAFFE), ScanProgress.silent()))
                .hasMessageContaining("other parameters than those of recipe caffe");
    }
}
