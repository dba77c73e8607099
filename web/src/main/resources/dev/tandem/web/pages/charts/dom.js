const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element. Text is set as text, never as markup.
 *
 * @param name its tag, with classes: "td.num"
 * @param attributes by name; null and false are left out; "onclick" and the like are listeners
 * @param children elements and texts; null and false are left out
 */
export function element(name, attributes, ...children) {
    return made(document.createElement(name.split(".")[0]), name, attributes, children);
}

/** An SVG element, as {@link element}. */
export function vector(name, attributes, ...children) {
    return made(document.createElementNS(SVG, name.split(".")[0]), name, attributes, children);
}

function made(node, name, attributes, children) {
    const classes = name.split(".").slice(1);
    if (classes.length > 0) {
        node.classList.add(...classes);
    }
    for (const [key, value] of Object.entries(attributes ?? {})) {
        if (key.startsWith("on")) {
            node.addEventListener(key.slice(2), value);
        } else if (value !== null && value !== undefined && value !== false) {
            node.setAttribute(key, value === true ? "" : value);
        }
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return node;
}

let ids = 0;

/** An identity that no other element has. */
export function newId(prefix) {
    ids++;
    return `${prefix}-${ids}`;
}

/** The value of a custom property of the style sheet where `node` is, or `fallback`. */
export function token(node, name, fallback) {
    return getComputedStyle(node).getPropertyValue(name).trim() || fallback;
}

const DARK = matchMedia("(prefers-color-scheme: dark)");
const PAPER = matchMedia("print");

/** Whether the page is dark; paper is not. */
export function isDark() {
    return DARK.matches && !PAPER.matches;
}

/** Calls `redraw` when the colours change, for printing, too; returns how to end that. */
export function onSchemeChange(redraw) {
    DARK.addEventListener("change", redraw);
    PAPER.addEventListener("change", redraw);
    return () => {
        DARK.removeEventListener("change", redraw);
        PAPER.removeEventListener("change", redraw);
    };
}

/** A canvas's context with `width` times `height` CSS pixels, crisp on screens of more dots. */
export function crisp(canvas, width, height) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
}
