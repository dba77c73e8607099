import { element } from "../charts/dom.js";
import { lines } from "../charts/lines.js";

/** Losses, errors, rates and speed over the epochs, of all runs together, as they were measured. */
export function curvesSection({ runs }) {
    const trained = runs.filter((run) => run.history.epoch.length > 0);
    if (trained.length === 0) {
        return null;
    }
    const grid = element("div.grid");
    const draws = [];
    const add = (title, unit, format, series, more = {}) => {
        const shown = series.filter(({ values }) => values.some((value) => value !== null));
        if (shown.length > 0) {
            const card = element("div.card");
            grid.append(card);
            draws.push(() =>
                lines(card, { title, x: epochs(trained), y: { label: unit, format, ...more }, series: shown }),
            );
        }
    };
    add("Error on validation images", "error, %", "percent", [
        ...of(trained, "top1Error", "top-1"),
        ...of(trained, "top5Error", "top-5", { dashed: true }),
    ]);
    add("Loss", "loss", "number", [
        ...of(trained, "trainingLoss", "training"),
        ...of(trained, "logLoss", "validation", { dashed: true }),
    ]);
    add("Learning rate", "learning rate, logarithmic", "rate", of(trained, "rate", "", { stepped: true }), {
        log: true,
    });
    add("Training speed", "images per second", "number", of(trained, "imagesPerSecond", ""));
    const metrics = new Set(trained.flatMap((run) => Object.keys(run.history.metrics)));
    for (const metric of metrics) {
        const series = trained.map((run) =>
            seriesOf(run, run.history.metrics[metric] ?? [], label(trained, run, ""), {}, trained),
        );
        add(metric, metric, "number", series);
    }
    return { title: "Curves", node: grid, draw: () => draws.forEach((draw) => draw()) };
}

/** All epochs of any run. */
function epochs(runs) {
    const values = [...new Set(runs.flatMap((run) => run.history.epoch))].sort((a, b) => a - b);
    return { label: "epoch", values };
}

function of(runs, column, name, style = {}) {
    return runs.map((run) => seriesOf(run, run.history[column], label(runs, run, name), style, runs));
}

function seriesOf(run, values, name, style, runs) {
    const at = new Map(run.history.epoch.map((epoch, i) => [epoch, values[i] ?? null]));
    const colour = runs.length > 1 ? { colour: runs.indexOf(run) } : {};
    return { ...style, ...colour, label: name, values: epochs(runs).values.map((epoch) => at.get(epoch) ?? null) };
}

function label(runs, run, name) {
    return runs.length > 1 ? `${run.name}${name && `, ${name}`}` : name || run.name;
}
