package dev.tandem.weights.pickle;

import dev.tandem.weights.tensor.InputFile;
import java.util.ArrayList;
import java.util.List;

/** The stack on which a pickle's values are put together, and the marks in it. */
final class PickleStack {
    private final InputFile file;
    private final List<PickleValue> values = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();

    PickleStack(InputFile file) {
        this.file = file;
    }

    void push(PickleValue value) {
        values.add(value);
    }

    /** Sets a mark, and returns how many there are. */
    int mark() {
        marks.add(values.size());
        return marks.size();
    }

    boolean isEmpty() {
        return values.isEmpty();
    }

    PickleValue bottom() {
        return values.get(0);
    }

    /** The uppermost value. */
    PickleValue top() {
        require(1);
        return values.get(values.size() - 1);
    }

    /** Takes the uppermost values, the lowest first. */
    List<PickleValue> pop(int count) {
        require(count);
        return cut(values.size() - count);
    }

    /** Takes all values above the last mark, and the mark. */
    List<PickleValue> popToMark() {
        if (marks.isEmpty()) {
            throw file.damaged("the pickle ends a group that did not begin", "no mark", "a mark");
        }
        return cut(marks.remove(marks.size() - 1));
    }

    /** The one value that a whole pickle leaves. */
    PickleValue only() {
        if (values.size() != 1 || !marks.isEmpty()) {
            throw file.damaged("the pickle does not end in one value", values.size() + " values", 1);
        }
        return values.get(0);
    }

    private List<PickleValue> cut(int from) {
        List<PickleValue> above = values.subList(from, values.size());
        List<PickleValue> taken = new ArrayList<>(above);
        above.clear();
        return taken;
    }

    private void require(int count) {
        int floor = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
        if (values.size() - floor < count) {
            throw file.damaged(
                    "the pickle takes a value that is not there",
                    values.size() - floor + " values",
                    count + " or more");
        }
    }
}
