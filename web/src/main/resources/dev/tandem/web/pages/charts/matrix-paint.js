import { crisp, token } from "./dom.js";
import { count } from "./format.js";
import { css, inkOn, logShare } from "./ramp.js";

const FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
const NAME_PIXELS = 12;
/** Pixels from one name to the next. */
const NAME_STEP = 14;
const GRID_FROM = 10;
const NUMBERS_FROM = 15;
/** A cell is drawn no smaller: a single image among a million cells is still seen. */
const LEAST_CELL = 2;
/** A confusion, as long as there are no more of them than classes: it has to be seen beside the diagonal. */
const LEAST_RARE = 5;
const TITLE = 18;

/** How much room names and titles take, for a picture `width` pixels wide. */
export function layout(width, names) {
    const isNarrow = width < 520;
    const longest = Math.min(26, Math.max(3, ...names.map((name) => name.length)));
    const side = TITLE + Math.min(isNarrow ? 92 : 168, 10 + longest * 6.4);
    const isSlanted = !isNarrow && (width - side - 60) / names.length > 34;
    const head =
        TITLE + (isSlanted ? Math.min(110, 10 + longest * 4.6) : Math.min(isNarrow ? 92 : 140, 10 + longest * 6.4));
    const right = isSlanted ? Math.min(90, longest * 4.4) : 4;
    const plot = Math.floor(Math.min(width - side - right, 760));
    return { side, head, plot, isSlanted, width: side + plot + right, height: head + plot + 2 };
}

/**
 * Draws the cells in sight in their order: where cells are smaller than pixels, the pixel shows the last of them.
 *
 * @param cells [row, column, count]: the diagonal, then the confusions, which it would hide; counts ascending in both
 * @param picked {row, column} or null
 */
export function paint(canvas, { cells, largest, names, view, room, picked, colours }) {
    const context = crisp(canvas, room.width, room.height);
    const ink = token(canvas, "--text", "#1b1e21");
    const muted = token(canvas, "--text-muted", "#5a6067");
    const scale = room.plot / view.span;
    context.clearRect(0, 0, room.width, room.height);
    context.fillStyle = token(canvas, "--surface-sunken", "#f0f0ed");
    context.fillRect(room.side, room.head, room.plot, room.plot);

    context.save();
    context.beginPath();
    context.rect(room.side, room.head, room.plot, room.plot);
    context.clip();
    const x = (column) => room.side + (column - view.left) * scale;
    const y = (row) => room.head + (row - view.top) * scale;
    if (scale >= GRID_FROM) {
        grid(context, view, room, scale, token(canvas, "--surface-raised", "#ffffff"));
    }
    diagonal(context, view, room, scale, x, y, token(canvas, "--line-strong", "#868b91"));
    const gap = scale >= GRID_FROM ? 1 : 0;
    const confusions = cells.reduce((sum, [row, column]) => sum + (row === column ? 0 : 1), 0);
    const leastWrong = confusions <= view.size ? LEAST_RARE : LEAST_CELL;
    for (const [row, column, images] of cells) {
        const isInSight =
            row + 1 > view.top &&
            row < view.top + view.span &&
            column + 1 > view.left &&
            column < view.left + view.span;
        if (isInSight) {
            const colour = (row === column ? colours.right : colours.wrong)(logShare(images, largest));
            const side = Math.max(row === column ? LEAST_CELL : leastWrong, scale - gap);
            const inset = (scale - side) / 2;
            context.fillStyle = css(colour);
            context.fillRect(x(column) + inset, y(row) + inset, side, side);
            if (scale >= NUMBERS_FROM) {
                number(context, count(images), x(column) + scale / 2, y(row) + scale / 2, scale, inkOn(colour));
            }
        }
    }
    if (picked) {
        pick(context, picked, x, y, room, scale, ink);
    }
    context.restore();
    rowNames(context, names, view, room, scale, y, picked, ink, muted);
    columnNames(context, names, view, room, scale, x, picked, ink, muted);
    titles(context, room, ink);
}

function grid(context, view, room, scale, colour) {
    context.fillStyle = colour;
    for (let i = Math.ceil(view.left); i <= view.left + view.span; i++) {
        context.fillRect(room.side + (i - view.left) * scale - 0.5, room.head, 1, room.plot);
    }
    for (let i = Math.ceil(view.top); i <= view.top + view.span; i++) {
        context.fillRect(room.side, room.head + (i - view.top) * scale - 0.5, room.plot, 1);
    }
}

/** The diagonal is outlined, so that it is told apart where nothing was recognised, too. */
function diagonal(context, view, room, scale, x, y, colour) {
    context.strokeStyle = colour;
    context.lineWidth = 0.5;
    if (scale < GRID_FROM) {
        context.beginPath();
        context.moveTo(x(0), y(0));
        context.lineTo(x(view.size), y(view.size));
        context.stroke();
        return;
    }
    for (let i = Math.floor(Math.max(view.left, view.top)); i <= Math.min(view.left, view.top) + view.span; i++) {
        context.strokeRect(x(i) + 1, y(i) + 1, scale - 2, scale - 2);
    }
}

function number(context, text, x, y, scale, ink) {
    const size = Math.min(13, Math.floor((scale * 1.25) / Math.max(2, text.length)));
    if (size >= 8) {
        context.font = `${size}px ${FONT}`;
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.fillStyle = ink;
        context.fillText(text, x, y + 0.5);
    }
}

/** The cell pointed at, and lines from it to the names. */
function pick(context, { row, column }, x, y, room, scale, ink) {
    const side = Math.max(scale, 5);
    const inset = (scale - side) / 2;
    context.strokeStyle = ink;
    context.lineWidth = 2;
    context.strokeRect(x(column) + inset, y(row) + inset, side, side);
    context.globalAlpha = 0.4;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(room.side, y(row) + scale / 2);
    context.lineTo(x(column) + inset, y(row) + scale / 2);
    context.moveTo(x(column) + scale / 2, room.head);
    context.lineTo(x(column) + scale / 2, y(row) + inset);
    context.stroke();
    context.globalAlpha = 1;
}

/** The classes that have room for their names: each, or each so many; always the one pointed at. */
function named(from, span, scale, picked) {
    const step = Math.max(1, Math.ceil(NAME_STEP / scale));
    const found = [];
    for (let i = Math.ceil(Math.max(0, from - 0.3) / step) * step; i < from + span - 0.7; i += step) {
        if (picked === undefined || i === picked || Math.abs(i - picked) * scale >= NAME_STEP) {
            found.push(i);
        }
    }
    if (picked !== undefined && picked + 0.5 > from && picked < from + span && !found.includes(picked)) {
        found.push(picked);
    }
    return found;
}

function fitted(context, name, width) {
    let text = name;
    while (text.length > 2 && context.measureText(text).width > width) {
        text = `${text.slice(0, -2).trimEnd()}\u2026`;
    }
    return text;
}

function font(context, isPicked, ink, muted, isFew) {
    context.font = `${isPicked ? "600 " : ""}${NAME_PIXELS}px ${FONT}`;
    context.fillStyle = isPicked || isFew ? ink : muted;
    context.textBaseline = "middle";
}

function rowNames(context, names, view, room, scale, y, picked, ink, muted) {
    for (const i of named(view.top, view.span, scale, picked?.row)) {
        font(context, i === picked?.row, ink, muted, scale >= NAME_STEP);
        context.textAlign = "right";
        context.fillText(fitted(context, names[i], room.side - TITLE - 8), room.side - 6, y(i) + scale / 2);
    }
}

function columnNames(context, names, view, room, scale, x, picked, ink, muted) {
    for (const i of named(view.left, view.span, scale, picked?.column)) {
        context.save();
        context.translate(x(i) + scale / 2, room.head - 6);
        context.rotate(room.isSlanted && scale > 34 ? -Math.PI / 4 : -Math.PI / 2);
        font(context, i === picked?.column, ink, muted, scale >= NAME_STEP);
        context.textAlign = "left";
        const length = room.isSlanted && scale > 34 ? (room.head - TITLE) * 1.3 : room.head - TITLE - 8;
        context.fillText(fitted(context, names[i], length), 0, 0);
        context.restore();
    }
}

function titles(context, room, ink) {
    context.fillStyle = ink;
    context.font = `600 ${NAME_PIXELS}px ${FONT}`;
    context.textBaseline = "top";
    context.textAlign = "center";
    context.fillText("predicted \u2192", room.side + room.plot / 2, 2);
    context.save();
    context.translate(2, room.head + room.plot / 2);
    context.rotate(-Math.PI / 2);
    context.fillText("\u2190 truth", 0, 0);
    context.restore();
}
