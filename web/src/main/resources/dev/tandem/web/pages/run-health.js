import { element, vector } from "./charts/dom.js";
import { percent, scientific } from "./charts/format.js";
import { scrolling, table } from "./parts.js";

/* How the layers are: shares of dead and saturated activations, and how large the updates are beside the weights. */

const WIDTH = 96;
const HEIGHT = 18;
const MOSTLY = 0.9;
const LARGE_UPDATE = 0.1;

/** The tables of a run's health. */
export class HealthTables {
    constructor(host) {
        this.layers = scrolling("Activations by layer", []);
        this.parameters = scrolling("Updates by parameter", [], true);
        host.append(this.layers, this.parameters);
    }

    show(health) {
        const layers = Object.entries(health.activations);
        const parameters = Object.entries(health.updateRatios);
        this.layers.hidden = layers.length === 0;
        this.parameters.hidden = parameters.length === 0;
        this.layers.replaceChildren(table(
            "Activations by layer",
            [
                { title: "Layer" },
                { title: "Dead", kind: "num" },
                { title: "over epochs" },
                { title: "Saturated", kind: "num" },
                { title: "over epochs" },
                { title: "" },
            ],
            layers.map(([layer, { dead, saturated }]) => [
                layer,
                percent(last(dead)),
                sparkline(dead, (value) => value),
                percent(last(saturated)),
                sparkline(saturated, (value) => value),
                last(dead) > MOSTLY ? warning("mostly dead") : last(saturated) > MOSTLY ? warning("mostly saturated") : "",
            ]),
        ));
        this.parameters.replaceChildren(table(
            "Updates by parameter",
            [
                { title: "Parameter" },
                { title: "Update / weight", kind: "num" },
                { title: "over epochs, logarithmic" },
                { title: "" },
            ],
            parameters.map(([parameter, ratios]) => [
                parameter,
                scientific(last(ratios), 2),
                sparkline(ratios, magnitude),
                last(ratios) > LARGE_UPDATE ? warning("large") : "",
            ]),
        ));
    }
}

function last(values) {
    return values.findLast((value) => value !== null && value !== undefined);
}

function warning(text) {
    return element("span.badge", { "data-state": "waiting" }, text);
}

/** From 10⁻⁸ to 1 as 0 to 1. */
function magnitude(value) {
    return value > 0 ? Math.min(1, Math.max(0, 1 + Math.log10(value) / 8)) : 0;
}

/** A small line of shares, 0 below and 1 above. */
function sparkline(values, toShare) {
    const points = [];
    for (let i = 0; i < values.length; i++) {
        if (typeof values[i] === "number") {
            const x = values.length > 1 ? (i / (values.length - 1)) * WIDTH : WIDTH;
            points.push(`${x.toFixed(1)},${(HEIGHT - 1 - toShare(values[i]) * (HEIGHT - 2)).toFixed(1)}`);
        }
    }
    const line = points.length === 1 ? [`0,${points[0].split(",")[1]}`, points[0]] : points;
    return vector(
        "svg.spark",
        { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" },
        vector("path.spark__base", { d: `M0 ${HEIGHT - 0.5}H${WIDTH}` }),
        vector("polyline.spark__line", { points: line.join(" ") }),
    );
}
