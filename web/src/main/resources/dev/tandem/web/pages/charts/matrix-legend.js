import { crisp, element } from "./dom.js";
import { count } from "./format.js";
import { css, logShare } from "./ramp.js";

const WIDTH = 132;
const HEIGHT = 12;

/** What the colours of a matrix mean; counts are 1 to `largest`. Returns node and paint(colours). */
export function matrixLegend(largest) {
    const right = strip("recognised (diagonal)");
    const wrong = strip("taken for another class");
    const none = element("span.matrix__key", {}, element("span.matrix__none"), "none");
    const scale = element(
        "span.muted.small",
        {},
        largest > 1 ? "colours by the logarithm of the number of images" : "",
    );
    const node = element("div.matrix__legend", {}, right.node, wrong.node, none, scale);

    function strip(label) {
        const canvas = element("canvas", { "aria-hidden": "true" });
        const ends = largest > 1 ? [count(1), canvas, element("span", {}, count(largest))] : [canvas, count(1)];
        return { canvas, node: element("span.matrix__key", {}, ends, element("span", {}, label)) };
    }

    return {
        node,
        paint(colours) {
            fill(right.canvas, colours.right, largest);
            fill(wrong.canvas, colours.wrong, largest);
        },
    };
}

function fill(canvas, ramp, largest) {
    const context = crisp(canvas, largest > 1 ? WIDTH : HEIGHT, HEIGHT);
    const steps = Math.min(largest, 24);
    const wide = (largest > 1 ? WIDTH : HEIGHT) / steps;
    for (let step = 0; step < steps; step++) {
        const images = largest > 1 ? largest ** (step / Math.max(1, steps - 1)) : 1;
        context.fillStyle = css(ramp(logShare(images, largest)));
        context.fillRect(step * wide, 0, wide + 1, HEIGHT);
    }
}
