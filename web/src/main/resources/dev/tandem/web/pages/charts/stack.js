import { element } from "./dom.js";

/**
 * One bar of several parts, each with its colour, name and text.
 *
 * @param parts [{label, value, text}]
 */
export function stack(label, parts) {
    const sum = parts.reduce((total, part) => total + part.value, 0) || 1;
    const pieces = parts.map((part, i) => {
        const piece = element(`span.stack__part.stack__part--${i + 1}`);
        piece.style.width = `${(100 * part.value) / sum}%`;
        return piece;
    });
    const keys = parts.map((part, i) =>
        element(
            "li",
            {},
            element(`span.stack__key.stack__part--${i + 1}`),
            element("span", {}, part.label),
            element("span.lines__value", {}, part.text),
        ),
    );
    return element(
        "div.stack",
        {},
        element("div.stack__label", {}, label),
        element("div.stack__bar", { "aria-hidden": "true" }, pieces),
        element("ul.lines__legend.small", {}, keys),
    );
}
