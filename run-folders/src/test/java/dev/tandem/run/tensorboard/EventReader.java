package dev.tandem.run.tensorboard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads event files as TensorBoard does, from the definitions of their protocol buffers. */
public final class EventReader {
    /** A histogram, with the first limit of a bucket and so on. */
    public record Histogram(
            double min, double max, double num, double sum, double squares, List<Double> limits, List<Double> counts) {}

    /** An image. */
    public record Image(long height, long width, byte[] png) {}

    /** Scalars by tag and step. */
    public final Map<String, Map<Long, Float>> scalars = new LinkedHashMap<>();
    /** Histograms by tag and step. */
    public final Map<String, Map<Long, Histogram>> histograms = new LinkedHashMap<>();
    /** Images by tag and step. */
    public final Map<String, Map<Long, Image>> images = new LinkedHashMap<>();
    /** Texts by tag and step. */
    public final Map<String, Map<Long, String>> texts = new LinkedHashMap<>();

    /** What is in the event files of {@code folder}, in the order of their names. */
    public static EventReader read(Path folder) throws IOException {
        EventReader reader = new EventReader();
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.sorted().toList();
        }
        for (Path file : files) {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            for (boolean first = true; bytes.hasRemaining(); first = false) {
                byte[] data = new byte[(int) bytes.getLong()];
                bytes.getInt();
                bytes.get(data);
                bytes.getInt();
                Map<Integer, List<Object>> event = fields(data);
                if (first && !text(event.get(3).get(0)).equals("brain.Event:2")) {
                    throw new IOException("no version in " + file);
                }
                reader.take(event);
            }
        }
        return reader;
    }

    private void take(Map<Integer, List<Object>> event) {
        long step = (long) event.get(2).get(0);
        if (event.containsKey(7) && fields(event.get(7).get(0)).get(1).equals(List.of(1L))) {
            for (Map<String, ? extends Map<Long, ?>> kind : List.of(scalars, histograms, images, texts)) {
                kind.values().forEach(values -> values.keySet().removeIf(written -> written >= step));
            }
        }
        if (!event.containsKey(5)) {
            return;
        }
        for (Object one : fields(event.get(5).get(0)).getOrDefault(1, List.of())) {
            Map<Integer, List<Object>> value = fields(one);
            String tag = text(value.get(1).get(0));
            if (value.containsKey(2)) {
                put(scalars, tag, step, Float.intBitsToFloat((int) value.get(2).get(0)));
            } else if (value.containsKey(5)) {
                put(histograms, tag, step, histogram(fields(value.get(5).get(0))));
            } else if (value.containsKey(4)) {
                Map<Integer, List<Object>> image = fields(value.get(4).get(0));
                long height = (long) image.get(1).get(0);
                put(images, tag, step, new Image(height, (long) image.get(2).get(0), (byte[])
                        image.get(4).get(0)));
            } else {
                put(texts, tag, step, text(fields(value.get(8).get(0)).get(8).get(0)));
            }
        }
    }

    /** A step that comes twice would be drawn twice. */
    private static <T> void put(Map<String, Map<Long, T>> kind, String tag, long step, T value) {
        if (kind.computeIfAbsent(tag, name -> new TreeMap<>()).put(step, value) != null) {
            throw new IllegalStateException(tag + " has step " + step + " twice");
        }
    }

    private static Histogram histogram(Map<Integer, List<Object>> fields) {
        double[] figures = new double[6];
        for (int field = 1; field <= 5; field++) {
            figures[field] = Double.longBitsToDouble((long) fields.get(field).get(0));
        }
        return new Histogram(
                figures[1],
                figures[2],
                figures[3],
                figures[4],
                figures[5],
                doubles(fields.get(6).get(0)),
                doubles(fields.get(7).get(0)));
    }

    private static List<Double> doubles(Object packed) {
        ByteBuffer bytes = ByteBuffer.wrap((byte[]) packed).order(ByteOrder.LITTLE_ENDIAN);
        List<Double> values = new ArrayList<>();
        while (bytes.hasRemaining()) {
            values.add(bytes.getDouble());
        }
        return values;
    }

    private static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }

    /** The fields of a message: whole numbers and doubles as long, floats as int, all others as bytes. */
    private static Map<Integer, List<Object>> fields(Object message) {
        ByteBuffer bytes = ByteBuffer.wrap((byte[]) message).order(ByteOrder.LITTLE_ENDIAN);
        Map<Integer, List<Object>> fields = new TreeMap<>();
        while (bytes.hasRemaining()) {
            int key = (int) varint(bytes);
            fields.computeIfAbsent(key >>> 3, field -> new ArrayList<>()).add(value(key & 7, bytes));
        }
        return fields;
    }

    private static Object value(int type, ByteBuffer bytes) {
        switch (type) {
            case 0:
                return varint(bytes);
            case 1:
                return bytes.getLong();
            case 2:
                byte[] value = new byte[(int) varint(bytes)];
                bytes.get(value);
                return value;
            case 5:
                return bytes.getInt();
            default:
                throw new IllegalStateException("wire type " + type);
        }
    }

    private static long varint(ByteBuffer bytes) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = bytes.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
