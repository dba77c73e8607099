package dev.tandem.weights.torch;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.pickle.PickleValue;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.NumberType;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The names that PyTorch's files may have, and what to do about others. */
final class TorchTypes {
    static final String REBUILD = "torch._utils._rebuild_tensor";
    static final String REBUILD_2 = "torch._utils._rebuild_tensor_v2";
    static final String REBUILD_3 = "torch._utils._rebuild_tensor_v3";
    static final String REBUILD_PARAMETER = "torch._utils._rebuild_parameter";
    static final String PARAMETER = "torch.nn.parameter.Parameter";
    static final String UNTYPED = "torch.storage.UntypedStorage";
    /** The storages that have one type, with it. */
    static final Map<String, NumberType> STORAGES = Map.of(
            "torch.FloatStorage", NumberType.F32,
            "torch.DoubleStorage", NumberType.F64,
            "torch.HalfStorage", NumberType.F16,
            "torch.BFloat16Storage", NumberType.BF16,
            "torch.LongStorage", NumberType.I64,
            "torch.IntStorage", NumberType.I32,
            "torch.ShortStorage", NumberType.I16,
            "torch.CharStorage", NumberType.I8,
            "torch.ByteStorage", NumberType.U8,
            "torch.BoolStorage", NumberType.BOOL);
    /** The types without a storage of their own: they are named, so that a tensor can be refused by its type. */
    private static final Set<String> LATER_TYPES = Set.of(
            "torch.uint16",
            "torch.uint32",
            "torch.uint64",
            "torch.float8_e4m3fn",
            "torch.float8_e4m3fnuz",
            "torch.float8_e5m2",
            "torch.float8_e5m2fnuz",
            "torch.float8_e8m0fnu",
            "torch.float4_e2m1fn_x2");

    private TorchTypes() {}

    static Set<String> allowed() {
        Set<String> names = new HashSet<>(STORAGES.keySet());
        names.addAll(LATER_TYPES);
        names.addAll(Set.of(
                "collections.OrderedDict", REBUILD, REBUILD_2, REBUILD_3, REBUILD_PARAMETER, PARAMETER, UNTYPED));
        return names;
    }

    /** The error for a name that is not allowed. */
    static TandemException refusal(InputFile file, String name, @Nullable PickleValue within) {
        if (name.startsWith("torch._utils._rebuild_qtensor") || name.matches("torch\\.Q\\w+Storage")) {
            return tensors(file, "a quantized tensor", name, "dequantize()");
        }
        if (name.startsWith("torch._utils._rebuild_sparse")) {
            return tensors(file, "a sparse tensor", name, "to_dense()");
        }
        if (name.startsWith("torch.Complex")) {
            return tensors(file, "a tensor of complex numbers", name, "real");
        }
        if (name.startsWith("torch._utils._rebuild_meta")) {
            return file.refused(
                    "a tensor without elements (of device meta)",
                    name,
                    "tensors with elements",
                    "Load the weights into the model before its state_dict is saved");
        }
        if (name.startsWith("torch.") && name.contains("._rebuild_")) {
            return tensors(file, "a tensor of a kind that weights cannot have", name, "cpu().detach().clone()");
        }
        String loaded = "torch.load(" + Names.inPython(file.path()) + ", weights_only=False)";
        boolean inside = within instanceof PickleValue.Dict;
        return file.refused(
                inside
                        ? "the checkpoint holds an object of a class, which carries code"
                        : "a whole pickled model, or another object of a class, which carries code",
                name,
                "a state_dict: tensors by name",
                "If you trust the file, "
                        + (inside
                                ? "load it in Python with " + loaded
                                        + ", and save the state_dict that is in it, or that"
                                        + " of the model that is in it: torch.save(state_dict, 'weights.pth')"
                                : "save its weights alone, in Python: torch.save(" + loaded
                                        + ".state_dict(), 'weights.pth')"));
    }

    private static TandemException tensors(InputFile file, String what, String name, String change) {
        return file.refused(
                what,
                name,
                "dense tensors of floating numbers",
                "Save them so, in Python: {name: tensor." + change + " for name, tensor in state_dict.items()}");
    }
}
