import { element } from "./dom.js";
import { count } from "./format.js";

/**
 * A table that scrolls by itself where it is too wide.
 *
 * @param label what it is about
 * @param heads texts, of which "#" before one makes its column one of numbers; or {name}, a text as a file has it
 * @param rows of cells, each a text, an element or several of them; the first names the row
 */
export function plainTable(label, heads, rows) {
    const isNumber = heads.map((head) => typeof head === "string" && head.startsWith("#"));
    const texts = heads.map((head) => head.name ?? head.replace(/^#/, ""));
    const head = texts.map((text, i) => element(isNumber[i] ? "th.num" : "th", { scope: "col" }, text));
    const rowOf = (row) => row.map((cell, i) => cellOf(cell, i, isNumber[i]));
    const body = element(
        "tbody",
        {},
        rows.map((row) => element("tr", {}, rowOf(row))),
    );
    return scrolling(label, element("table.table", {}, element("thead", {}, element("tr", {}, head)), body));
}

/** {@link plainTable} below words that say what it is about. */
export function captioned(caption, heads, rows) {
    return [element("p.table-caption", {}, caption), plainTable(caption, heads, rows)];
}

function scrolling(label, table) {
    return element("div.scroll", { tabindex: "0", role: "region", "aria-label": label }, table);
}

function cellOf(content, i, isNumber) {
    return element(`${i === 0 ? "th" : "td"}${isNumber ? ".num" : ""}`, i === 0 ? { scope: "row" } : {}, content);
}

/**
 * A table whose heads sort it.
 *
 * @param columns [{label, value(row) to sort by, cell(row) to show, isNumber}]; the first names its row
 * @param rows in any order
 * @param options sorted: {column, descending}, the order at first; find(row): the text that a filter looks in, if there
 *     shall be one; what: "classes"; label: what it is about
 */
export function sortedTable(columns, rows, { sorted, find, what, label }) {
    let order = sorted;
    let wanted = "";
    const heads = columns.map((column, i) => {
        const button = element("button.sort", { type: "button", onclick: () => sort(i) }, column.label);
        return element(column.isNumber ? "th.num" : "th", { scope: "col", "aria-sort": "none" }, button);
    });
    const body = element("tbody");
    const shown = element("p.muted.small", { "aria-live": "polite" });
    const scroll = scrolling(label, element("table.table", {}, element("thead", {}, element("tr", {}, heads)), body));
    scroll.classList.add("scroll--tall");
    const filter = element("input.input", { type: "search", oninput: () => look(filter.value), autocomplete: "off" });
    const tools =
        find && element("p.actions", {}, element("label.field", {}, element("span", {}, "Filter"), filter), shown);

    const cellsOf = (row) => columns.map((column, i) => cellOf(column.cell(row), i, column.isNumber));

    function sort(column) {
        const descending = order.column === column ? !order.descending : Boolean(columns[column].isNumber);
        order = { column, descending };
        fill();
    }

    function look(text) {
        wanted = text.trim().toLowerCase();
        fill();
    }

    function fill() {
        const { value } = columns[order.column];
        const kept = rows.filter((row) => wanted === "" || find(row).toLowerCase().includes(wanted));
        const way = order.descending ? -1 : 1;
        kept.sort((a, b) => missingLast(value(a), value(b), way));
        heads.forEach((head, i) => {
            const direction = order.descending ? "descending" : "ascending";
            head.setAttribute("aria-sort", i === order.column ? direction : "none");
        });
        body.replaceChildren(...kept.map((row) => element("tr", {}, cellsOf(row))));
        shown.textContent = `${count(kept.length)} of ${count(rows.length)} ${what}`;
    }

    fill();
    return element("div", {}, tools, scroll);
}

function missingLast(a, b, way) {
    if (a === null || b === null) {
        return (a === null) - (b === null);
    }
    return way * (typeof a === "string" ? a.localeCompare(b) : a - b);
}

/** A bar in a cell of a table, 0 to 1, with its text. */
export function cellBar(share, text, kind = "") {
    const fill = element("span");
    fill.style.transform = `scaleX(${Math.min(1, Math.max(0, share ?? 0))})`;
    return element(
        `span.cellbar${kind && `.cellbar--${kind}`}`,
        {},
        element("span.cellbar__track", { "aria-hidden": "true" }, fill),
        element("span.cellbar__text", {}, text),
    );
}
