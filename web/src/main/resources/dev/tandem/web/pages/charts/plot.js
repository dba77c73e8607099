import uPlot from "../uplot/uPlot.esm.js";
import { token } from "./dom.js";
import { count, percent, rate } from "./format.js";

const SERIES = ["#0072b2", "#d55e00", "#008762", "#b85c92", "#a87400", "#2b8fc9", "#7d7400", "#555b61"];
const FONT = '12px system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
/** Pixels that a point needs to be drawn as one. */
const ROOM_FOR_POINTS = 14;
const WHOLE_STEPS = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));

/** The number, 1 to 8, of the i-th series' colour. */
export function colourNumber(i) {
    return (i % SERIES.length) + 1;
}

/** The i-th series' colour where `node` is. */
function seriesColour(node, i) {
    return token(node, `--series-${colourNumber(i)}`, SERIES[i % SERIES.length]);
}

/** The number, from 0, of a series' colour: its own, or its place. */
export function colourOf(series, i) {
    return series.colour ?? i;
}

/** How a series is drawn: the ninth and those after it have the colours of the first, and dots. */
export function strokeStyle(series, i) {
    return series.dashed ? "dashed" : colourOf(series, i) >= SERIES.length ? "dotted" : "solid";
}

/** A chart of uPlot in `host`. Each drawing asks for the colours anew. `moved` gets the cursor's index, or null. */
export function plot(host, { y, series, height }, data, moved) {
    const text = () => token(host, "--text-muted", "#5a6067");
    const line = () => token(host, "--line", "#dededa");
    const axis = { stroke: text, font: FONT, ticks: { show: false } };
    const columns = {
        ...axis,
        grid: { show: false },
        incrs: WHOLE_STEPS,
        space: (u, at, least, most) => 20 + 7 * count(most).length,
        size: 26,
        gap: 6,
        values: (u, marks) => marks.map((mark) => count(mark)),
    };
    const rows = {
        ...axis,
        grid: { stroke: line, width: 1, filter: (u, marks) => (y.log ? marks.map(decade) : marks) },
        space: 34,
        size: (u, texts) => 14 + 7 * Math.max(2, ...(texts ?? []).map((label) => (label ?? "").length)),
        gap: 8,
        values: (u, marks, at, space, step) => marks.map((mark) => rowText(y.format, mark, step)),
    };
    return new uPlot(
        {
            width: Math.max(120, host.clientWidth),
            height,
            legend: { show: false },
            padding: [8, 10, 0, 0],
            cursor: {
                y: false,
                drag: { x: false, y: false },
                move: onPoints,
                points: {
                    size: 9,
                    width: 2,
                    stroke: (u, i) => seriesColour(host, colourOf(series[i - 1], i - 1)),
                    fill: () => token(host, "--surface-raised", "#ffffff"),
                },
            },
            scales: { x: { time: false, range: columnRange }, y: y.log ? { distr: 3 } : { range: rowRange(y.format) } },
            axes: [columns, rows],
            series: [{}, ...series.map((one, i) => drawn(host, one, i))],
            hooks: { setCursor: [(u) => moved(u.cursor.idx ?? null)] },
        },
        data,
        host,
    );
}

function drawn(host, series, i) {
    const colour = () => seriesColour(host, colourOf(series, i));
    return {
        stroke: colour,
        width: 2,
        dash: { dashed: [7, 4], dotted: [2, 3] }[strokeStyle(series, i)],
        paths: series.stepped ? uPlot.paths.stepped({ align: -1 }) : undefined,
        points: {
            size: 6,
            fill: colour,
            show: hasRoomForPoints,
            filter: (u, at, all) => (all ? null : withoutNeighbours(u.data[at])),
        },
    };
}

function rowText(format, mark, step) {
    if (mark === null) {
        return "";
    }
    return format === "percent" ? percent(mark, decimals(100 * step)) : rate(mark);
}

/** As many as it takes to tell steps apart. */
function decimals(step) {
    return Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
}

/** The cursor stands on points only. */
function onPoints(u, left, top) {
    return left < 0 ? [left, top] : [u.valToPos(u.data[0][u.posToIdx(left)], "x"), top];
}

/** A single epoch stands in the middle. */
function columnRange(u, least, most) {
    if (least === null) {
        return [0, 1];
    }
    return least === most ? [least - 1, most + 1] : [least, most];
}

/** From 0, so that heights compare; a share never goes beyond 100 %. */
function rowRange(format) {
    return (u, least, most) => {
        if (least === null) {
            return [0, 1];
        }
        const low = Math.min(0, least);
        const high = most > low ? most + 0.06 * (most - low) : low + 1;
        return [low * 1.06, format === "percent" && most <= 1 ? Math.min(1.001, high) : high];
    };
}

/** The powers of ten among the marks of a logarithmic axis. */
function decade(mark) {
    return Number.isInteger(Math.round(1e6 * Math.log10(mark)) / 1e6) ? mark : null;
}

function hasRoomForPoints(u) {
    const points = u.data[0].length;
    return points < 2 || u.bbox.width / uPlot.pxRatio / (points - 1) > ROOM_FOR_POINTS;
}

/** Values between gaps, which a line would not show. */
function withoutNeighbours(values) {
    const found = [];
    values.forEach((value, i) => {
        if (value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null) {
            found.push(i);
        }
    });
    return found.length > 0 ? found : null;
}
