import { element } from "./charts/dom.js";
import { lines } from "./charts/lines.js";

/* A run's numbers over its epochs, as curves that grow. */

const HISTORY = ["epoch", "step", "rate", "trainingLoss", "top1Error", "top5Error", "logLoss", "imagesPerSecond",
    "dataWaitShare", "seconds"];

const PLOTS = [
    {
        title: "Error",
        y: { label: "validation, centre crop", format: "percent" },
        series: (h) => [
            { label: "top-1", values: h.top1Error },
            { label: "top-5", values: h.top5Error, dashed: true },
        ],
    },
    {
        title: "Loss",
        y: { label: "cross-entropy", format: "number" },
        series: (h) => [
            { label: "training", values: h.trainingLoss },
            { label: "validation", values: h.logLoss, dashed: true },
        ],
    },
    {
        title: "Other measures",
        y: { label: "validation", format: "number" },
        series: (h) => Object.entries(h.metrics).map(([label, values]) => ({ label, values })),
    },
    {
        title: "Learning rate",
        y: { label: "each epoch's last step", format: "rate", log: true },
        series: (h) => [{ label: "rate", values: h.rate, stepped: true }],
    },
    {
        title: "Speed",
        y: { label: "training images per second", format: "number" },
        series: (h) => [{ label: "images/s", values: h.imagesPerSecond }],
    },
];

const WAIT = {
    title: "Waiting for data",
    y: { label: "share of the training time", format: "percent" },
    series: (h) => [{ label: "data wait", values: h.dataWaitShare }],
};

/** Those lines that have at least one value. */
function present(series) {
    return series.filter((line) => line.values.some((value) => value !== null && value !== undefined));
}

class Curves {
    constructor(host, plots) {
        this.host = host;
        this.plots = plots;
        this.drawn = new Map();
    }

    /** Draws what the history has. A plot without values is left out. */
    show(history) {
        const x = { label: "epoch", values: history.epoch };
        for (const plot of this.plots) {
            const series = present(plot.series(history));
            if (series.length === 0) {
                continue;
            }
            if (this.drawn.has(plot)) {
                this.drawn.get(plot).update({ x, series });
            } else {
                const card = element("div.card");
                this.host.append(card);
                this.drawn.set(plot, lines(card, { title: plot.title, x, y: plot.y, series }));
            }
        }
    }
}

/** The curves of a run. */
export const runCurves = (host) => new Curves(host, PLOTS);

/** The curve of the wait for data. */
export const waitCurve = (host) => new Curves(host, [WAIT]);

/** Adds an epoch to a history. A run that went back to an earlier epoch has none after it. */
export function addEpoch(history, health, record) {
    const found = history.epoch.findIndex((epoch) => epoch >= record.epoch);
    const at = found < 0 ? history.epoch.length : found;
    const columns = [
        ...HISTORY.map((name) => [history[name], record[name]]),
        ...columnsOf(history.metrics, record.metrics, () => []),
        ...columnsOf(health.updateRatios, record.health?.updateRatios, () => []),
        ...columnsOf(health.activations, record.health?.activations, () => ({ dead: [], saturated: [] }))
            .flatMap(([layer, value]) => [[layer.dead, value?.deadShare], [layer.saturated, value?.saturatedShare]]),
    ];
    for (const [column, value] of columns) {
        column.length = at;
        column[at] = value ?? null;
    }
}

/** Each column with its new value. Names are a file's, so that `__proto__` may be one. */
function columnsOf(columns, values, fresh) {
    const added = new Map(Object.entries(values ?? {}));
    for (const name of added.keys()) {
        if (!Object.hasOwn(columns, name)) {
            Object.defineProperty(columns, name, { value: fresh(), enumerable: true });
        }
    }
    return Object.entries(columns).map(([name, column]) => [column, added.get(name)]);
}
