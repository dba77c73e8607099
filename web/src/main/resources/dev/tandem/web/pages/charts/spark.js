import { vector } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 28;

/**
 * A line as small as a word; the number stands beside it.
 *
 * @param values null where there are none
 * @param at gives where a value stands, from 0 (below) to 1 (above)
 * @param band [from, to] in which a value is as usual, shaded; or null
 */
export function spark(values, at, band = null) {
    const x = (i) => 2 + (values.length < 2 ? 0.5 : i / (values.length - 1)) * (WIDTH - 4);
    const y = (value) => 2 + (1 - Math.min(1, Math.max(0, at(value)))) * (HEIGHT - 4);
    const pieces = [];
    let isOpen = false;
    values.forEach((value, i) => {
        const isHere = value !== null && value !== undefined;
        if (isHere) {
            pieces.push(`${isOpen ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`);
        }
        isOpen = isHere;
    });
    const last = values.findLastIndex((value) => value !== null && value !== undefined);
    return vector(
        "svg.spark",
        { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" },
        band && vector("rect.spark__band", { x: 0, width: WIDTH, y: y(band[1]), height: y(band[0]) - y(band[1]) }),
        vector("line.spark__base", { x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }),
        vector("path.spark__line", { d: pieces.join("") }),
        last >= 0 && vector("circle.spark__end", { cx: x(last), cy: y(values[last]), r: 2.5 }),
    );
}
