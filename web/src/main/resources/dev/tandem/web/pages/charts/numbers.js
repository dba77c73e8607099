import { element } from "./dom.js";

/**
 * The numbers of a picture as a table that unfolds. It is made when it is opened: a page of many pictures stays small.
 *
 * @param read gives {heads: [text], rows: [[text]]}; the first cell of a row is its name
 * @returns node, and changed() for when the numbers are others
 */
export function numbersTable(read) {
    const scroll = element("div.scroll.scroll--tall", { tabindex: "0", role: "region", "aria-label": "Numbers" });
    const node = element("details.numbers", {}, element("summary", {}, "Numbers"), scroll);

    function fill() {
        const { heads, rows } = read();
        const head = heads.map((text, i) => element(i === 0 ? "th" : "th.num", { scope: "col" }, text));
        const body = element("tbody", {}, rows.map(rowOf));
        scroll.replaceChildren(element("table.table", {}, element("thead", {}, element("tr", {}, head)), body));
    }

    function fillIfOpen() {
        if (node.open) {
            fill();
        }
    }

    node.addEventListener("toggle", fillIfOpen);
    return { node, changed: fillIfOpen };
}

function rowOf([name, ...cells]) {
    return element("tr", {}, element("th", { scope: "row" }, name), cells.map((cell) => element("td.num", {}, cell)));
}
