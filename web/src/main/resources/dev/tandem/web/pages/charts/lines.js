import { element, newId, onSchemeChange } from "./dom.js";
import { count, duration, number, percent, rate } from "./format.js";
import { numbersTable } from "./numbers.js";
import { colourNumber, colourOf, plot, strokeStyle } from "./plot.js";

const FORMATS = { percent: (value) => percent(value), number: (value) => number(value), rate, seconds: duration };
const PAGE = 10;
const OUTSIDE = { left: -10, top: -10 };

/**
 * Lines over epochs or steps. The arrow keys move the cursor, whose values stand in the legend.
 *
 * @param host where it goes; what is in it is replaced
 * @param options title; x: {label, values}; y: {label, format: "percent" | "number" | "rate" | "seconds", log};
 *     series: [{label, values, dashed, stepped, colour}], values aligned with x.values, null where there are none,
 *     stepped if a value holds from the point before on, colour a number from 0 if it is not the series' place;
 *     height in pixels
 * @returns update({x, series}) and destroy()
 */
export function lines(host, options) {
    const { y, height = 220 } = options;
    const format = FORMATS[y.format ?? "number"];
    const state = { x: options.x, series: options.series, index: null };
    const id = newId("lines");
    const area = element("div.lines__plot", { tabindex: "0", role: "slider", "aria-labelledby": id });
    const legend = element("ul.lines__legend");
    const numbers = numbersTable(() => tableOf(state, format));
    const frame = element(
        "figure.lines",
        { "aria-labelledby": id },
        element("figcaption.lines__title", { id }, options.title),
        legend,
        element("div.lines__y", {}, y.label),
        area,
        element("div.lines__x", {}, options.x.label),
        numbers.node,
    );
    host.replaceChildren(frame);
    let chart = null;
    let keys = [];

    function build() {
        chart?.destroy();
        keys = state.series.map(legendKey);
        legend.replaceChildren(...keys.map((key) => key.node));
        chart = plot(area, { y, series: state.series, height }, columnsOf(state, y.log), moved);
        show();
    }

    /** Values at the cursor, or the last of each series if there is no cursor. */
    function show() {
        const { x, series, index } = state;
        const last = x.values.length - 1;
        const texts = series.map((line, i) => {
            const text = format(line.values[index ?? line.values.findLastIndex((value) => (value ?? null) !== null)]);
            keys[i].value.textContent = text;
            return `${line.label} ${text}`;
        });
        const all = last < 0 ? "no values yet" : `${x.label} ${count(x.values[index ?? last])}: ${texts.join(", ")}`;
        area.setAttribute("aria-valuemin", "0");
        area.setAttribute("aria-valuemax", Math.max(0, last));
        area.setAttribute("aria-valuenow", Math.max(0, index ?? last));
        area.setAttribute("aria-valuetext", all);
        frame.classList.toggle("lines--pointing", index !== null);
    }

    function moved(index) {
        if (chart !== null && index !== state.index) {
            state.index = index;
            show();
        }
    }

    function pointAt(index) {
        chart.setCursor({ left: chart.valToPos(state.x.values[index], "x"), top: 0 });
    }

    function onKey(event) {
        const last = state.x.values.length - 1;
        const from = state.index ?? last + 1;
        const to = {
            ArrowLeft: from - 1,
            ArrowDown: from - 1,
            ArrowRight: from + 1,
            ArrowUp: from + 1,
            PageUp: from + PAGE,
            PageDown: from - PAGE,
            Home: 0,
            End: last,
        }[event.key];
        if (event.key === "Escape") {
            chart.setCursor(OUTSIDE);
        } else if (to !== undefined && last >= 0) {
            event.preventDefault();
            pointAt(Math.min(last, Math.max(0, to)));
        }
    }

    /** uPlot follows the mouse only. */
    function onTouch(event) {
        if (event.pointerType !== "mouse" && state.x.values.length > 0) {
            const box = chart.over.getBoundingClientRect();
            pointAt(chart.posToIdx(Math.min(box.width, Math.max(0, event.clientX - box.left))));
        }
    }

    area.addEventListener("keydown", onKey);
    area.addEventListener("blur", () => chart.setCursor(OUTSIDE));
    area.addEventListener("pointerdown", onTouch);
    area.addEventListener("pointermove", onTouch);
    build();
    const observer = new ResizeObserver(() => {
        const width = area.clientWidth;
        if (width > 0 && width !== chart.width) {
            chart.setSize({ width, height });
        }
    });
    observer.observe(area);
    const endScheme = onSchemeChange(() => chart.redraw(false));

    return {
        update(next) {
            const isSame = !next.series || look(next.series) === look(state.series);
            state.x = { ...state.x, ...next.x };
            state.series = next.series ?? state.series;
            if (isSame) {
                chart.setData(columnsOf(state, y.log));
                show();
            } else {
                build();
            }
            numbers.changed();
        },
        destroy() {
            observer.disconnect();
            endScheme();
            chart.destroy();
            frame.remove();
        },
    };
}

function legendKey(series, i) {
    const looks = [colourNumber(colourOf(series, i)), strokeStyle(series, i)]
        .map((look) => `.lines__swatch--${look}`)
        .join("");
    const swatch = element(`span.lines__swatch${looks}`);
    const value = element("span.lines__value");
    return { value, node: element("li", {}, swatch, element("span.lines__label", {}, series.label), value) };
}

/** What a chart is built for: with other values it stays, with other series it is built anew. */
function look(series) {
    return JSON.stringify(series.map(({ label, dashed, stepped, colour }) => [label, !!dashed, !!stepped, colour]));
}

/** The columns for uPlot: each as long as x, null for what cannot be drawn. */
function columnsOf({ x, series }, isLog) {
    const isDrawn = (value) => typeof value === "number" && Number.isFinite(value) && (!isLog || value > 0);
    return [x.values, ...series.map(({ values }) => x.values.map((_, i) => (isDrawn(values[i]) ? values[i] : null)))];
}

function tableOf({ x, series }, format) {
    return {
        heads: [x.label, ...series.map((line) => line.label)],
        rows: x.values.map((value, i) => [count(value), ...series.map((line) => format(line.values[i]))]),
    };
}
