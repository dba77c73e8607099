import { element } from "./charts/dom.js";

/* Parts that several pages are made of. All text is set as text: what files say cannot become markup. */

/** Sets a text only if it is another, so that screen readers and selections are left in peace. */
export function say(node, text) {
    if (node.textContent !== text) {
        node.textContent = text;
    }
}

/** What is said instead of what was asked for. `kind`: "bad", "warn", "good" or "". */
export function message(kind, title, ...lines) {
    return element(
        kind ? `div.message.message--${kind}` : "div.message",
        { role: kind === "bad" ? "alert" : null },
        element("strong", {}, title),
        lines.map((line) => (typeof line === "string" ? element("p", {}, line) : line)),
    );
}

/** A command to type. */
export function command(text) {
    return element("pre", { tabindex: "0", role: "region", "aria-label": "Command" }, text);
}

/** A state as shape and word. */
export function badge(state, text = state) {
    return element("span.badge", { "data-state": state }, text);
}

/** A bar of a share of 0 to 1. Without a label it is only seen, as its number stands beside it. */
export function bar(share, label) {
    const named = label ? { role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 } : {};
    const node = element("span.bar", label ? named : { "aria-hidden": "true" }, element("span"));
    setBar(node, share);
    return node;
}

/** Sets a bar's share. */
export function setBar(node, share) {
    const known = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
    node.firstElementChild.style.transform = `scaleX(${known})`;
    if (node.hasAttribute("role")) {
        node.setAttribute("aria-valuenow", String(Math.round(100 * known)));
    }
}

/** Figures with their names: [name, text or element]; null entries are left out. */
export function facts(entries, isLarge = false) {
    return element(
        isLarge ? "dl.facts.facts--large" : "dl.facts",
        {},
        entries
            .filter((entry) => entry !== null)
            .map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    );
}

/** A sample of the colour of series `number`, from 1. */
export function swatch(number) {
    return element(`span.swatch.series-${number}`, { "aria-hidden": "true" });
}
