import { element } from "./dom.js";
import { chance } from "./format.js";

/**
 * The likeliest classes of an image as bars, as in the paper's figure 4, left. The bar of the right class has another
 * colour and a mark; if it is not among them, it follows below.
 *
 * @param likeliest [{label, probability}], the likeliest first
 * @param names of the classes, by label
 * @param truth the right label, and its probability; left out if it is not known
 */
export function bars(likeliest, names, truth, truthProbability) {
    const rows = likeliest.map(({ label, probability }) => bar(names[label], probability, label === truth));
    if (truth !== undefined && !likeliest.some(({ label }) => label === truth)) {
        rows.push(bar(names[truth], truthProbability, true, true));
    }
    return element("ol.bars", {}, rows);
}

function bar(name, probability, isTruth, isFar = false) {
    const length = Math.min(1, Math.max(0, probability ?? 0));
    const fill = element("span.bars__fill");
    fill.style.transform = `scaleX(${length})`;
    return element(
        `li.bars__row${isTruth ? ".bars__row--truth" : ""}${isFar ? ".bars__row--far" : ""}`,
        {},
        element(
            "span.bars__name",
            { title: name },
            isTruth && element("span.bars__mark", { "aria-hidden": "true" }, "\u2713\u202f"),
            name,
            isTruth && element("span.visually-hidden", {}, " (right)"),
        ),
        element("span.bars__value", {}, chance(probability)),
        element("span.bars__track", { "aria-hidden": "true" }, fill),
    );
}
