import { element, newId, vector } from "./dom.js";
import { count, percent } from "./format.js";
import { numbersTable } from "./numbers.js";

const [WIDTH, LEFT, TOP, SIDE, COUNTS] = [420, 54, 8, 340, 74];
const GAP = 12;
const HEIGHT = TOP + SIDE + GAP + COUNTS + 40;
const EXPLAINED =
    "Images are grouped by the probability of their likeliest class. Of the images with a probability of 80\u202f%," +
    " 80\u202f% should be right: then the bar ends at the dashed line. The error is the mean difference over all" +
    " images.";
const HATCH = "reliability-hatch";
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

/**
 * A reliability diagram (Guo et al., 2017): how often a prediction was right beside how sure it was, and how many were
 * so sure.
 *
 * @param calibration {bins: [{from, to, images, confidence, accuracy}], expectedCalibrationError}
 */
export function reliability(host, { bins, expectedCalibrationError }) {
    const id = newId("reliability");
    const filled = bins.filter((bin) => bin.images > 0);
    const most = Math.max(1, ...bins.map((bin) => bin.images));
    const x = (share) => LEFT + share * SIDE;
    const y = (share) => TOP + (1 - share) * SIDE;
    const base = TOP + SIDE + GAP + COUNTS;
    const picture = vector(
        "svg.reliability",
        { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-labelledby": id },
        vector(
            "defs",
            {},
            vector(
                "pattern",
                { id: HATCH, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
                vector("line.reliability__hatch", { x1: 0, x2: 0, y1: 0, y2: 5 }),
            ),
        ),
        TICKS.map((tick) => vector("line.reliability__grid", { x1: x(0), x2: x(1), y1: y(tick), y2: y(tick) })),
        TICKS.map((tick) => text(x(0) - 6, y(tick) + 4, "end", percent(tick, 0))),
        TICKS.map((tick) => text(x(tick), base + 15, "middle", percent(tick, 0))),
        filled.map((bin) => accuracyBar(bin, x, y)),
        vector("line.reliability__even", { x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
        filled.map((bin) => gap(bin, x, y)),
        bins.map((bin) => countBar(bin, x, base, (bin.images / most) * COUNTS)),
        vector("line.reliability__base", { x1: x(0), x2: x(1), y1: base, y2: base }),
        text(x(0) - 6, base - COUNTS + 8, "end", count(most)),
        text(x(0) - 6, base + 1, "end", "0"),
        sideways(y(0.5), "share that was right"),
        sideways(base - COUNTS / 2, "images"),
        text(x(1), base + 32, "end", "probability of the likeliest class"),
    );
    const images = filled.reduce((sum, bin) => sum + bin.images, 0);
    const over = filled.reduce((sum, bin) => sum + (bin.images / images) * (bin.confidence - bin.accuracy), 0);
    const caption = element(
        "figcaption",
        { id },
        element("strong", {}, `Expected calibration error ${percent(expectedCalibrationError)}`),
        // Less than what is printed is no difference.
        Math.abs(over) >= 0.0005 && `. On the whole, probabilities are too ${over > 0 ? "high" : "low"}.`,
    );
    const key = element(
        "ul.lines__legend.small",
        {},
        element("li", {}, element("span.reliability__key.reliability__key--bar"), "share that was right"),
        element("li", {}, element("span.reliability__key.reliability__key--gap"), "how far off the probability was"),
        element("li", {}, element("span.reliability__key.reliability__key--even"), "perfect calibration"),
    );
    const numbers = numbersTable(() => tableOf(bins));
    const words = element("div.reliability__words", {}, caption, element("p.muted", {}, EXPLAINED), key, numbers.node);
    host.replaceChildren(element("figure.reliability__figure", {}, picture, words));
}

function text(x, y, anchor, value) {
    return vector("text.reliability__text", { x, y, "text-anchor": anchor }, value);
}

function sideways(y, value) {
    return vector(
        "text.reliability__text",
        { transform: `rotate(-90 12 ${y})`, x: 12, y, "text-anchor": "middle" },
        value,
    );
}

function accuracyBar(bin, x, y) {
    const width = x(bin.to) - x(bin.from) - 2;
    return vector("rect.reliability__bar", {
        x: x(bin.from) + 1,
        y: y(bin.accuracy),
        width,
        height: y(0) - y(bin.accuracy),
    });
}

/** From what was right to the mean probability: the area that the error is a mean of. */
function gap(bin, x, y) {
    const [upper, lower] = [Math.max(bin.confidence, bin.accuracy), Math.min(bin.confidence, bin.accuracy)];
    const width = x(bin.to) - x(bin.from) - 2;
    return vector(
        "g",
        {},
        vector("rect", {
            fill: `url(#${HATCH})`,
            x: x(bin.from) + 1,
            y: y(upper),
            width,
            height: Math.max(0.5, y(lower) - y(upper)),
        }),
        vector("line.reliability__mean", {
            x1: x(bin.from) + 1,
            x2: x(bin.to) - 1,
            y1: y(bin.confidence),
            y2: y(bin.confidence),
        }),
    );
}

function countBar(bin, x, base, height) {
    const title = vector("title", {}, `${percent(bin.from, 0)} to ${percent(bin.to, 0)}: ${count(bin.images)} images`);
    return vector(
        "rect.reliability__count",
        { x: x(bin.from) + 1, y: base - height, width: x(bin.to) - x(bin.from) - 2, height },
        title,
    );
}

function tableOf(bins) {
    return {
        heads: ["probability", "images", "mean probability", "right"],
        rows: bins.map((bin) => [
            `${percent(bin.from)} to ${percent(bin.to)}`,
            count(bin.images),
            percent(bin.confidence),
            percent(bin.accuracy),
        ]),
    };
}
