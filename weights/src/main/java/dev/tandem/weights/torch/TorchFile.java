package dev.tandem.weights.torch;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.pickle.PickleInput;
import dev.tandem.weights.pickle.PickleReader;
import dev.tandem.weights.pickle.PickleValue;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.TensorFile;
import dev.tandem.weights.zip.ZipArchive;
import dev.tandem.weights.zip.ZipEntry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The files that PyTorch writes since version 1.6: a zip archive of a pickle and of the elements of each storage. Names
 * of tensors are those of the file. Metadata names what a training checkpoint has beside its state_dict, and has the
 * text of each entry {@code NAME/tandem/KEY.json} under its key.
 */
public final class TorchFile {
    private static final String EXPORTED = "tandem/";
    private static final String JSON = ".json";
    private static final int LONGEST_TEXT = 256 << 20;
    private static final int SHORT_ENTRY = 64;
    private static final int MOST_NAMES = 10;

    private TorchFile() {}

    /** Whether a file that begins so may be one: a zip archive, but not one of NumPy's. */
    public static boolean matches(byte[] firstBytes) {
        return ZipArchive.beginsWithEntry(firstBytes, "") && !ZipArchive.beginsWithEntry(firstBytes, ".npy");
    }

    /**
     * Opens a file: a state_dict, or a training checkpoint with one.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if it is damaged, carries code, or
     *     has tensors that weights cannot be
     */
    public static TensorFile open(Path file) {
        return FileTensors.open(file, "PyTorch (zip)", TorchFile::read);
    }

    private static FileTensors.Contents read(InputFile file) {
        Map<String, ZipEntry> entries = ZipArchive.entries(file);
        String first = entries.keySet().stream().findFirst().orElse("");
        String folder = first.substring(0, first.indexOf('/') + 1);
        ZipEntry pickle = entries.get(folder + "data.pkl");
        if (pickle == null) {
            throw file.refused(
                    "a zip archive that PyTorch did not write",
                    entries.keySet().stream()
                            .limit(MOST_NAMES)
                            .map(Names::visible)
                            .collect(Collectors.joining(", ")),
                    "an entry NAME/data.pkl",
                    "If the file with the weights is in the archive, unpack it");
        }
        requireNoProgram(file, entries, folder);
        requireStored(file, pickle);
        requireLittleEndian(file, entries.get(folder + "byteorder"));
        PickleValue root = new PickleReader(
                        new PickleInput(file, pickle.start(), pickle.start() + pickle.bytes()),
                        TorchTypes.allowed(),
                        (name, within) -> TorchTypes.refusal(file, name, within))
                .read();
        FileTensors.Contents state = StateDict.read(
                file, root, (key, bytes) -> start(file, entries.get(folder + "data/" + key), key, bytes));
        Map<String, String> metadata = new LinkedHashMap<>(state.metadata());
        metadata.putAll(exported(file, entries, folder + EXPORTED));
        return new FileTensors.Contents(state.tensors(), metadata);
    }

    /** The records that Tandem's export adds, which PyTorch passes over: {@code NAME/tandem/KEY.json}. */
    private static Map<String, String> exported(InputFile file, Map<String, ZipEntry> entries, String folder) {
        Map<String, String> texts = new LinkedHashMap<>();
        entries.forEach((name, entry) -> {
            if (name.startsWith(folder) && name.endsWith(JSON) && entry.bytes() <= LONGEST_TEXT) {
                requireStored(file, entry);
                texts.put(name.substring(folder.length(), name.length() - JSON.length()), text(file, entry));
            }
        });
        return texts;
    }

    private static String text(InputFile file, ZipEntry entry) {
        byte[] bytes = new byte[(int) entry.bytes()];
        file.read(entry.start(), ByteBuffer.wrap(bytes));
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static long start(InputFile file, ZipEntry entry, String key, long bytes) {
        if (entry == null) {
            throw file.damaged("a storage is not in the archive", Names.visible(key), "data/" + Names.visible(key));
        }
        requireStored(file, entry);
        if (entry.bytes() < bytes) {
            throw file.damaged("storage " + Names.visible(key) + " is too short", entry.bytes() + " bytes", bytes);
        }
        return entry.start();
    }

    private static void requireNoProgram(InputFile file, Map<String, ZipEntry> entries, String folder) {
        for (String name : entries.keySet()) {
            if (name.equals(folder + "constants.pkl") || name.startsWith(folder + "code/")) {
                throw file.refused(
                        "a TorchScript archive, which is a program",
                        Names.visible(name),
                        "a state_dict",
                        "Save its weights alone, in Python: torch.save(torch.jit.load(" + Names.inPython(file.path())
                                + ").state_dict(), 'weights.pth')");
            }
        }
    }

    private static void requireStored(InputFile file, ZipEntry entry) {
        if (!entry.isStored()) {
            throw file.refused(
                    "entry " + Names.visible(entry.name()) + " is compressed",
                    "deflated",
                    "stored, as PyTorch writes it",
                    "Unpack the archive, and pack it again without compression: zip -0");
        }
    }

    private static void requireLittleEndian(InputFile file, ZipEntry entry) {
        if (entry == null) { // PyTorch before 2.1 wrote none
            return;
        }
        requireStored(file, entry);
        String order =
                entry.bytes() > SHORT_ENTRY ? "a long text" : text(file, entry).strip();
        if (!order.equals("little")) {
            throw file.refused(
                    "another order of bytes",
                    Names.visible(order),
                    "little",
                    "Save the state_dict again on a little-endian machine");
        }
    }
}
