import { crisp, element, onSchemeChange, token } from "./dom.js";
import { number } from "./format.js";
import { numbersTable } from "./numbers.js";

const SPACE = 5;
const BAR = 4;
const BAR_SPACE = 2;
const ACROSS = 8;
const MOST_PIXELS = 6;
const WIDEST = 560;

/**
 * The kernels of a first layer, each of the network's columns by itself, as they were in several states; under each a
 * bar of how much it changed.
 *
 * @param kernels {height, width, columns, perColumn, perRow, gap, states: [{label, epoch, image}], change}, as
 *     KernelHistory describes them
 */
export function kernels(host, data) {
    const { columns, perColumn, states, change } = data;
    const hasChange = change.length > 0;
    const most = Math.max(1e-12, ...change.map((value) => value ?? 0));
    const said = element("output", { "aria-live": "polite" });
    const slider = element("input.kernels__slider", {
        type: "range",
        min: 0,
        max: states.length - 1,
        value: states.length - 1,
        "aria-label": "State",
        oninput: () => draw(),
    });
    const marks = states.map((state, i) =>
        element("button.kernels__mark", { type: "button", onclick: () => choose(i) }, state.label),
    );
    const canvases = Array.from({ length: columns }, () => element("canvas", { role: "img" }));
    const pictures = states.map((state) => {
        const picture = new Image();
        picture.src = state.image;
        return picture.decode().then(() => picture);
    });
    host.replaceChildren(
        element(
            "figure.kernels",
            {},
            states.length > 1 && element("div.kernels__states", {}, slider, element("div.kernels__marks", {}, marks)),
            element("p.muted.small", {}, said),
            element("div.kernels__columns", {}, canvases.map(columnOf)),
            hasChange && element("figcaption.muted.small", {}, barsExplained(states, most)),
            hasChange && numbersTable(() => tableOf(change)).node,
        ),
    );

    function columnOf(canvas, i) {
        return element("div", {}, columns > 1 && element("h3", {}, `Column ${i + 1}`), canvas);
    }

    function choose(index) {
        slider.value = index;
        draw();
    }

    async function draw() {
        const index = Number(slider.value);
        const { label } = states[index];
        said.textContent = `State: ${label}`;
        slider.setAttribute("aria-valuetext", label);
        marks.forEach((mark, i) => mark.setAttribute("aria-pressed", i === index));
        const picture = await pictures[index];
        if (index === Number(slider.value)) {
            canvases.forEach((canvas, column) => {
                const [from, to] = [column * perColumn + 1, (column + 1) * perColumn];
                canvas.setAttribute("aria-label", `Kernels ${from} to ${to} at ${label}`);
                paint(canvas, picture, column);
            });
        }
    }

    function paint(canvas, picture, column) {
        const { height, width, perRow, gap } = data;
        const room = Math.min(WIDEST, canvas.parentElement.clientWidth);
        const across = Math.min(ACROSS, perColumn);
        const pixels = Math.max(1, Math.min(MOST_PIXELS, Math.floor((room / across - SPACE) / width)));
        const stepX = width * pixels + SPACE;
        const stepY = height * pixels + SPACE + (hasChange ? BAR_SPACE + BAR : 0);
        const context = crisp(canvas, across * stepX, Math.ceil(perColumn / across) * stepY);
        const column0 = column * (Math.ceil(perColumn / perRow) * (height + gap) + 2 * gap);
        const [track, bar] = [token(canvas, "--line", "#dededa"), token(canvas, "--series-2", "#d55e00")];
        context.imageSmoothingEnabled = false;
        for (let i = 0; i < perColumn; i++) {
            const fromX = gap + (i % perRow) * (width + gap);
            const fromY = gap + column0 + Math.floor(i / perRow) * (height + gap);
            const x = (i % across) * stepX;
            const y = Math.floor(i / across) * stepY;
            context.drawImage(picture, fromX, fromY, width, height, x, y, width * pixels, height * pixels);
            if (hasChange) {
                const share = (change[column * perColumn + i] ?? 0) / most;
                context.fillStyle = track;
                context.fillRect(x, y + height * pixels + BAR_SPACE, width * pixels, BAR);
                context.fillStyle = bar;
                context.fillRect(x, y + height * pixels + BAR_SPACE, width * pixels * share, BAR);
            }
        }
    }

    draw();
    new ResizeObserver(draw).observe(host);
    onSchemeChange(draw);
}

function barsExplained(states, most) {
    const [first, last] = [states[0].label, states.at(-1).label];
    return (
        `The bar below a kernel is the length of its change from ${first} to ${last}, relative to its length at` +
        ` ${first}; a full bar is ${number(most, 3)}.`
    );
}

function tableOf(change) {
    return { heads: ["kernel", "relative change"], rows: change.map((value, i) => [String(i + 1), number(value)]) };
}
