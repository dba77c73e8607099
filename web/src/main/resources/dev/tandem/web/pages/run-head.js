import { address } from "./api.js";
import { element } from "./charts/dom.js";
import { badge, say } from "./parts.js";

/* The head of each page of a run: its name, its state, and the way to its other pages. */

const TABS = [["Overview", "/run"], ["Network", "/network"], ["Photographs", "/classify"]];

/** Shows it. `summary` has id, name and state; `path` is that of this page. */
export function showRunHead(summary, path) {
    const [title] = TABS.find(([, to]) => to === path);
    document.title = `${path === "/run" ? "" : `${title} · `}${summary.name} · Tandem`;
    say(document.getElementById("name"), summary.name);
    const state = document.getElementById("state");
    if (state.firstElementChild?.dataset.state !== summary.state) {
        state.replaceChildren(badge(summary.state));
    }
    const tabs = document.getElementById("tabs");
    if (tabs.childElementCount === 0) {
        const link = (text, to) => element(
            "a",
            { href: address(to, { run: summary.id }), "aria-current": to === path ? "page" : null },
            text,
        );
        tabs.append(...[...TABS, ["Compare", "/compare"]].map(([text, to]) => element("li", {}, link(text, to))));
    }
}
