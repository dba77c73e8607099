import { element } from "./dom.js";
import { number, percent } from "./format.js";
import { spark } from "./spark.js";
import { plainTable } from "./table.js";

/** Decades of the update ratio that are drawn, and those in which a layer learns well. */
const [LEAST, MOST] = [-7, -1];
const USUAL = [1e-4, 1e-2];

/** What {@link healthTable} shows. */
export const HEALTH_CAPTION =
    "Over the epochs, and at the end. Shares are drawn from 0 to 100\u202f%. The update ratio is the norm of the last" +
    " update of an epoch divided by the norm of the weights; it is drawn on a logarithmic scale from" +
    " 10\u207b\u2077 to 0.1, the usual range shaded.";

/** What is trouble, as Health.java has it: at the end, a larger share, or a larger change. */
const MOST_SHARE = 0.9;
const MOST_CHANGE = 0.1;

/** What is said where nothing is above these. */
export const NOTHING_FOUND =
    "No trouble was found at the end: no layer has more than 90\u202f% dead units or saturated outputs, and no" +
    " update ratio is above 0.1.";

const share = (value) => value;
const logRatio = (value) => (Math.log10(Math.max(value, 1e-12)) - LEAST) / (MOST - LEAST);

/** The layers whose health was kept, in the order of the names {@code order}, then by name. */
export function healthLayers(health, order) {
    const ofWeights = Object.keys(health.updateRatios)
        .filter((name) => name.endsWith(".weight"))
        .map((name) => name.slice(0, -7));
    const others = Object.keys(health.updateRatios).filter(
        (name) => !name.endsWith(".weight") && !name.endsWith(".bias"),
    );
    const place = new Map(order.map((name, i) => [name, i]));
    return [...new Set([...Object.keys(health.activations), ...ofWeights, ...others])].sort(
        (a, b) =>
            (place.get(a) ?? order.length) - (place.get(b) ?? order.length) ||
            a.localeCompare(b, "en", { numeric: true }),
    );
}

/** A row for each of {@code layers}: dead units, saturated outputs, and how fast its weights change. */
export function healthTable(label, health, layers) {
    const rows = layers.map((layer) => {
        const units = health.activations[layer];
        const ratios = health.updateRatios[`${layer}.weight`] ?? health.updateRatios[layer];
        return [
            layer,
            measure(units?.dead, share, percent, null, MOST_SHARE),
            measure(units?.saturated, share, percent, null, MOST_SHARE),
            measure(ratios, logRatio, (value) => number(value, 2), USUAL, MOST_CHANGE),
        ];
    });
    const heads = ["Layer", "Dead units", "Saturated outputs", "Update ratio"];
    const table = plainTable(label, heads, rows);
    table.classList.add("health");
    return table;
}

function measure(values, at, format, band, trouble) {
    if (!values || values.every((value) => value === null)) {
        return element("span.muted", {}, "\u2013");
    }
    const last = values.findLast((value) => value !== null);
    const isTrouble = last > trouble;
    const text = element(isTrouble ? "strong.bad" : "span", {}, isTrouble ? `! ${format(last)}` : format(last));
    return element("span.health__measure", {}, spark(values, at, band), text);
}
