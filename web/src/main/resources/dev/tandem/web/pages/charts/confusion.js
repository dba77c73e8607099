import { element, isDark, newId, onSchemeChange } from "./dom.js";
import { count, percent } from "./format.js";
import { layout, paint } from "./matrix-paint.js";
import { matrixLegend } from "./matrix-legend.js";
import { addPointers } from "./matrix-pointer.js";
import { MatrixView } from "./matrix-view.js";
import { ramps } from "./ramp.js";

/** Rows in sight after a jump to a class. */
const JUMP_SPAN = 16;
const PAGE = 10;
const ZOOM = 1.6;

/**
 * A confusion matrix to look around in: by mouse, touch and keyboard; of ten classes or of thousands.
 *
 * @param host where it goes
 * @param names of the classes, by label
 * @param order the labels in the order of rows and columns; counts: [label, predicted label, images]
 * @returns show(truth, predicted), labels: brings a cell to sight
 */
export function confusion(host, { names, order, counts }) {
    const size = order.length;
    const place = new Map(order.map((label, i) => [label, i]));
    const ordered = order.map((label) => names[label]);
    const cells = counts
        .map(([truth, predicted, images]) => [place.get(truth), place.get(predicted), images])
        .sort((a, b) => (a[0] !== a[1]) - (b[0] !== b[1]) || a[2] - b[2]);
    const found = new Map(cells.map(([row, column, images]) => [row * size + column, images]));
    const totals = new Array(size).fill(0);
    cells.forEach(([row, , images]) => (totals[row] += images));
    const wrong = cells.filter(([row, column]) => row !== column).reverse();
    const largest = cells.reduce((most, [, , images]) => Math.max(most, images), 1);
    const view = new MatrixView(size);
    let picked = null;
    let room = layout(600, ordered);
    let isAsked = false;

    const help = newId("matrix-help");
    const canvas = element("canvas", { "aria-hidden": "true" });
    const area = element(
        "div.matrix__area",
        { tabindex: "0", role: "application", "aria-label": "Confusion matrix", "aria-describedby": help },
        canvas,
    );
    const said = element("p.matrix__said", { "aria-live": "polite" });
    const legend = matrixLegend(largest);
    const list = newId("classes");
    const search = element("input.input", { type: "search", list, placeholder: "class", autocomplete: "off" });
    const whole = element("button.button", { type: "button", onclick: () => change(() => view.whole()) }, "Whole");
    host.replaceChildren(
        element(
            "div.matrix",
            {},
            element(
                "form.matrix__tools.actions",
                { onsubmit: jump },
                element("label.field", {}, element("span", {}, "Go to"), search),
                element(
                    "datalist",
                    { id: list },
                    ordered.map((name) => element("option", { value: name })),
                ),
                element("button.button", { type: "submit" }, "Go"),
                zoomButton("Smaller", "\u2212", 1 / ZOOM),
                zoomButton("Larger", "+", ZOOM),
                whole,
            ),
            said,
            area,
            legend.node,
            element(
                "p.matrix__help.muted.small",
                { id: help },
                "Arrow keys move the cell, + and \u2212 zoom, 0 shows the whole, n and p go to the next and the",
                " previous confusion, the largest first. Drag to move, pinch or Ctrl and wheel to zoom.",
            ),
        ),
    );

    function zoomButton(label, text, factor) {
        const onclick = () => change(() => zoomAtPicked(factor));
        return element("button.button", { type: "button", "aria-label": label, title: label, onclick }, text);
    }

    function zoomAtPicked(factor) {
        const isInSight =
            picked &&
            picked.row >= view.top &&
            picked.row < view.top + view.span &&
            picked.column >= view.left &&
            picked.column < view.left + view.span;
        const at = isInSight ? picked : { row: view.top + view.span / 2, column: view.left + view.span / 2 };
        view.zoom(factor, (at.column + 0.5 - view.left) / view.span, (at.row + 0.5 - view.top) / view.span);
    }

    function redraw() {
        if (!isAsked) {
            isAsked = true;
            requestAnimationFrame(() => {
                isAsked = false;
                whole.disabled = view.isWhole;
                area.classList.toggle("matrix__area--zoomed", !view.isWhole);
                draw();
            });
        }
    }

    function draw() {
        const colours = ramps(isDark());
        paint(canvas, { cells, largest, names: ordered, view, room, picked, colours });
        legend.paint(colours);
    }

    function change(action) {
        action();
        redraw();
    }

    function pick(cell) {
        if (cell?.row !== picked?.row || cell?.column !== picked?.column) {
            picked = cell;
            said.textContent = cell ? sentence(cell) : idle();
            redraw();
        }
    }

    function idle() {
        const right = cells.reduce((sum, [row, column, images]) => sum + (row === column ? images : 0), 0);
        const all = totals.reduce((sum, images) => sum + images, 0);
        return `${count(right)} of ${count(all)} images recognised. Rows are the truth, columns what was predicted.`;
    }

    function sentence({ row, column }) {
        const images = found.get(row * size + column) ?? 0;
        const share = totals[row] > 0 ? ` (${percent(images / totals[row])})` : "";
        const of = `${count(images)} of ${count(totals[row])} images${share}`;
        return row === column
            ? `${ordered[row]} recognised: ${of}`
            : `truth ${ordered[row]} \u2192 predicted ${ordered[column]}: ${of}`;
    }

    function go(row, column) {
        view.reveal(row, column);
        pick({ row, column });
        redraw();
    }

    function jump(event) {
        event.preventDefault();
        const wanted = search.value.trim().toLowerCase();
        const exact = ordered.findIndex((name) => name.toLowerCase() === wanted);
        const row =
            exact >= 0 || wanted === "" ? exact : ordered.findIndex((name) => name.toLowerCase().includes(wanted));
        if (row < 0) {
            said.textContent = `No class is called ${search.value}.`;
            return;
        }
        view.centre(row, row, JUMP_SPAN);
        go(row, row);
    }

    function onKey(event) {
        if (event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        const at = picked ?? { row: Math.floor(view.top), column: Math.floor(view.left) };
        const last = size - 1;
        const moves = {
            ArrowUp: [-1, 0],
            ArrowDown: [1, 0],
            ArrowLeft: [0, -1],
            ArrowRight: [0, 1],
            PageUp: [-PAGE, 0],
            PageDown: [PAGE, 0],
            Home: [0, -at.column],
            End: [0, last - at.column],
        };
        const steps = { n: 1, p: -1 };
        if (moves[event.key]) {
            const [down, right] = picked ? moves[event.key] : [0, 0];
            go(Math.min(last, Math.max(0, at.row + down)), Math.min(last, Math.max(0, at.column + right)));
        } else if (steps[event.key] && wrong.length > 0) {
            const now = wrong.findIndex(([row, column]) => row === picked?.row && column === picked?.column);
            const next = wrong[now < 0 ? 0 : (now + steps[event.key] + wrong.length) % wrong.length];
            go(next[0], next[1]);
        } else if (event.key === "+" || event.key === "=") {
            change(() => zoomAtPicked(ZOOM));
        } else if (event.key === "-") {
            change(() => zoomAtPicked(1 / ZOOM));
        } else if (event.key === "0") {
            change(() => view.whole());
        } else if (event.key === "Escape") {
            pick(null);
        } else {
            return;
        }
        event.preventDefault();
    }

    /** The cell at a point of the area: where cells are small, the nearest that has images. */
    function cellAt(x, y) {
        const scale = room.plot / view.span;
        const column = view.left + (x - room.side) / scale;
        const row = view.top + (y - room.head) / scale;
        if (x < room.side || y < room.head || x >= room.side + room.plot || y >= room.head + room.plot) {
            return null;
        }
        const here = { row: Math.floor(row), column: Math.floor(column) };
        const reach = scale < 6 ? Math.ceil(4 / scale) : 0;
        let nearest = here;
        let least = Infinity;
        for (let r = here.row - reach; r <= here.row + reach; r++) {
            for (let c = here.column - reach; c <= here.column + reach; c++) {
                const distance = Math.hypot(r + 0.5 - row, c + 0.5 - column);
                if (r >= 0 && c >= 0 && r < size && c < size && found.has(r * size + c) && distance < least) {
                    least = distance;
                    nearest = { row: r, column: c };
                }
            }
        }
        return nearest;
    }

    area.addEventListener("keydown", onKey);
    addPointers(area, view, { room: () => room, redraw, pick: (x, y) => pick(x === null ? null : cellAt(x, y)) });
    said.textContent = idle();
    new ResizeObserver(() => {
        room = layout(area.clientWidth, ordered);
        redraw();
    }).observe(area);
    onSchemeChange(draw);

    return {
        show(truth, predicted) {
            const [row, column] = [place.get(truth), place.get(predicted)];
            view.centre(row, column, Math.max(JUMP_SPAN, 1.4 * Math.abs(row - column)));
            go(row, column);
            area.focus({ preventScroll: true });
            area.scrollIntoView({ block: "center" });
        },
    };
}
