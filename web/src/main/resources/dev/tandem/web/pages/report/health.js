import { element } from "../charts/dom.js";
import { number, percent } from "../charts/format.js";
import { spark } from "../charts/spark.js";
import { plainTable } from "../charts/table.js";

/** Decades of the update ratio that are drawn, and those in which a layer learns well. */
const [LEAST, MOST] = [-7, -1];
const USUAL = [1e-4, 1e-2];

const CAPTION =
    "Over the epochs, and at the end. Shares are drawn from 0 to 100 %; the change is the length of an update" +
    " relative to that of the weights, drawn by its logarithm from 10\u207b\u2077 to 0.1, the usual range shaded.";

const share = (value) => value;
const logRatio = (value) => (Math.log10(Math.max(value, 1e-12)) - LEAST) / (MOST - LEAST);

/** Each layer over the epochs: units that are dead or saturated, and how fast its weights change. */
export function healthSection({ runs, layers }) {
    const kept = runs.filter((run) => layersOf(run, layers).length > 0 || run.findings.length > 0);
    if (kept.length === 0) {
        return null;
    }
    const tables = kept.map((run) => healthOf(run, layersOf(run, layers), runs.length > 1));
    const node = element("div.report__stack", {}, element("p.table-caption", {}, CAPTION), tables);
    return { title: "Health of the layers", node };
}

function healthOf(run, layers, isNamed) {
    const findings = run.findings.map((text) => element("li", {}, `${text[0].toUpperCase()}${text.slice(1)}.`));
    return element(
        "div",
        {},
        isNamed && element("h3", {}, run.name),
        findings.length > 0
            ? element("ul.report__list.report__findings", {}, findings)
            : element("p", {}, "Nothing is wrong: few units are dead or saturated, and no update is large."),
        layers.length > 0 && tableOf(run, layers),
    );
}

/** The layers whose health was kept, in the order of the network. */
function layersOf({ health }, layers) {
    const ofWeights = Object.keys(health.updateRatios)
        .filter((name) => name.endsWith(".weight"))
        .map((name) => name.slice(0, -7));
    const others = Object.keys(health.updateRatios).filter(
        (name) => !name.endsWith(".weight") && !name.endsWith(".bias"),
    );
    const place = new Map(layers.map(({ name }, i) => [name, i]));
    return [...new Set([...Object.keys(health.activations), ...ofWeights, ...others])].sort(
        (a, b) =>
            (place.get(a) ?? layers.length) - (place.get(b) ?? layers.length) ||
            a.localeCompare(b, "en", { numeric: true }),
    );
}

function tableOf({ health, name }, layers) {
    const rows = layers.map((layer) => {
        const units = health.activations[layer];
        const ratios = health.updateRatios[`${layer}.weight`] ?? health.updateRatios[layer];
        return [
            layer,
            measure(units?.dead, share, percent, null, 0.5),
            measure(units?.saturated, share, percent, null, 0.5),
            measure(ratios, logRatio, (value) => number(value, 2), USUAL, 0.1),
        ];
    });
    const heads = ["Layer", "Dead units", "Saturated outputs", "Change in the last step of an epoch"];
    const table = plainTable(`Layers of ${name}`, heads, rows);
    table.classList.add("report__health");
    return table;
}

function measure(values, at, format, band, trouble) {
    if (!values || values.every((value) => value === null)) {
        return element("span.muted", {}, "\u2013");
    }
    const last = values.findLast((value) => value !== null);
    const isTrouble = last > trouble;
    const text = element(isTrouble ? "strong.bad" : "span", {}, isTrouble ? `! ${format(last)}` : format(last));
    return element("span.report__measure", {}, spark(values, at, band), text);
}
