package dev.tandem.backend.cpu.convolution;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Window;
import java.util.Arrays;

/** Windows as columns, and back: in plain Java on all of the device's threads, map by map. */
final class Unfolding {
    private static final long LEAST_PER_THREAD = 1 << 15;

    private final Storages storages;
    private final ThreadTeam team;

    Unfolding(Workbench bench) {
        this.storages = bench.storages();
        this.team = bench.team();
    }

    void unfold(CpuStorage x, Window window, CpuStorage y) {
        Block from = storages.plain(x);
        Block to = storages.output(y);
        int size = window.height() * window.width();
        forEachMap(x.shape, y.shape, window, (index, map, column) -> {
            from.get((long) index * map.length, map, 0, map.length);
            for (int element = 0; element < size; element++) {
                Arrays.fill(column, 0);
                forEachRow(x.shape, y.shape, window, element, (place, at, step, count) -> {
                    for (int i = 0; i < count; i++) {
                        column[place + i] = map[at + i * step];
                    }
                });
                to.put(((long) index * size + element) * column.length, column, 0, column.length);
            }
        });
    }

    void fold(CpuStorage dy, Window window, CpuStorage dx) {
        Block from = storages.plain(dy);
        Block to = storages.output(dx);
        int size = window.height() * window.width();
        forEachMap(dx.shape, dy.shape, window, (index, map, column) -> {
            Arrays.fill(map, 0);
            for (int element = 0; element < size; element++) {
                from.get(((long) index * size + element) * column.length, column, 0, column.length);
                forEachRow(dx.shape, dy.shape, window, element, (place, at, step, count) -> {
                    for (int i = 0; i < count; i++) {
                        map[at + i * step] += column[place + i];
                    }
                });
            }
            to.put((long) index * map.length, map, 0, map.length);
        });
    }

    private interface OnMap {
        void run(int index, float[] map, float[] column);
    }

    /** Runs {@code body} for each map, with room for it and for one row of the columns. */
    private void forEachMap(Shape maps, Shape columns, Window window, OnMap body) {
        int places = columns.dim(2) * columns.dim(3);
        long work = (long) places * window.height() * window.width();
        team.forEach((long) maps.dim(0) * maps.dim(1), Math.max(1, LEAST_PER_THREAD / work), (first, end) -> {
            float[] map = new float[maps.dim(2) * maps.dim(3)];
            float[] column = new float[places];
            for (long index = first; index < end; index++) {
                body.run((int) index, map, column);
            }
        });
    }

    private interface OnRow {
        void run(int place, int at, int step, int count);
    }

    /**
     * Runs {@code body} for each row of windows that has the element {@code element} on the map: from {@code place} on
     * {@code count} windows have it, the first at {@code at}, the others {@code step} apart.
     */
    private static void forEachRow(Shape maps, Shape columns, Window window, int element, OnRow body) {
        int down = element / window.width() - window.padTop();
        int right = element % window.width() - window.padLeft();
        int width = maps.dim(3);
        int step = window.strideX();
        int first = right >= 0 ? 0 : (step - 1 - right) / step;
        int end = right >= width ? 0 : Math.min(columns.dim(3), (width - 1 - right) / step + 1);
        for (int row = 0; row < columns.dim(2); row++) {
            int y = row * window.strideY() + down;
            if (y >= 0 && y < maps.dim(2) && first < end) {
                body.run(row * columns.dim(3) + first, y * width + first * step + right, step, end - first);
            }
        }
    }
}
