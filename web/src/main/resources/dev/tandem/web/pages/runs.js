import { address, follow, get } from "./api.js";
import { element } from "./charts/dom.js";
import { count } from "./charts/format.js";
import { command, message, say } from "./parts.js";
import { COLUMNS, Row, STATES, classesOf } from "./run-rows.js";
import { counted, quoted } from "./words.js";

/* The list of runs. */

const MOST_COMPARED = 8;
const FIRST_ROWS = 60;
const MOST_ROWS = 240;
const CLOCK_MILLIS = 5000;
const USUAL = COLUMNS.find((column) => column.name === "updated");

const byId = (id) => document.getElementById(id);
const [notice, form, heads, body, filter, found, compare, empty] =
    ["notice", "runs", "heads", "rows", "filter", "found", "compare", "empty"].map(byId);
const collator = new Intl.Collator("en", { numeric: true });
const rows = new Map();
let clockOffset = 0;
let sort = { column: USUAL, isDown: true };
let words = [];
let frame = 0;

const now = () => Date.now() + clockOffset;

/* Order */

function keyOf(row) {
    const key = sort.column.key(row.run);
    return key === undefined || Number.isNaN(key) ? null : key;
}

/** What is not there comes last, whichever way is sorted. */
function order(a, b) {
    if (a.key === null || b.key === null) {
        return (a.key === null) - (b.key === null) || collator.compare(a.run.id, b.run.id);
    }
    const areNumbers = typeof a.key === "number" && typeof b.key === "number";
    const ordered = areNumbers ? a.key - b.key : collator.compare(String(a.key), String(b.key));
    return (sort.isDown ? -ordered : ordered) || collator.compare(a.run.id, b.run.id);
}

/** Puts the rows in order, the first at once and the rest over a few frames. A row that stands right is not moved. */
function arrange() {
    cancelAnimationFrame(frame);
    rows.forEach((row) => {
        row.key = keyOf(row);
    });
    const sorted = [...rows.values()].sort(order);
    let next = body.firstElementChild;
    let at = 0;
    let some = FIRST_ROWS;
    const putSome = () => {
        const end = Math.min(sorted.length, at + some);
        for (; at < end; at++) {
            const row = sorted[at];
            if (!row.isFilled) {
                row.fill(now());
            }
            row.node.hidden = !row.matches(words);
            if (row.node === next) {
                next = next.nextElementSibling;
            } else {
                body.insertBefore(row.node, next);
            }
        }
        some = Math.min(MOST_ROWS, 2 * some);
        frame = at < sorted.length ? requestAnimationFrame(putSome) : 0;
    };
    putSome();
    showCount();
}

function sortBy(column) {
    sort = { column, isDown: sort.column === column ? !sort.isDown : column.isDown === true };
    showSort();
    remember();
    arrange();
}

function showSort() {
    COLUMNS.forEach((column, i) => {
        const direction = sort.isDown ? "descending" : "ascending";
        heads.children[i + 1].setAttribute("aria-sort", column === sort.column ? direction : "none");
    });
}

/* Filter and choice */

function setWords() {
    words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
}

function applyFilter() {
    setWords();
    rows.forEach((row) => {
        row.node.hidden = !row.matches(words);
    });
    remember();
    showCount();
}

function showCount() {
    const all = [...rows.values()];
    const here = all.filter((row) => row.matches(words));
    const states = STATES
        .map((state) => [here.filter((row) => row.run.state === state).length, state])
        .filter(([amount]) => amount > 0)
        .map(([amount, state]) => `${count(amount)} ${state}`);
    const of = here.length === all.length ? "" : `${count(here.length)} of `;
    say(found, `${of}${counted(all.length, "run")}${states.length ? `: ${states.join(", ")}` : ""}`);
    form.hidden = all.length === 0;
    empty.hidden = all.length > 0;
}

function choose(event) {
    const amount = body.querySelectorAll("input:checked").length;
    if (amount > MOST_COMPARED) {
        event.target.checked = false;
        say(found, `${MOST_COMPARED} runs are compared at most`);
        return;
    }
    event.target.closest("tr").classList.toggle("is-chosen", event.target.checked);
    showChoice(amount);
}

function showChoice(amount) {
    compare.disabled = amount < 2;
    say(compare, amount === 0 ? "Compare" : `Compare ${counted(amount, "run")}`);
}

/** Filter and sort are part of the address, so that they can be kept and sent. */
function remember() {
    const query = {};
    if (filter.value !== "") {
        query.filter = filter.value;
    }
    if (sort.column !== USUAL || !sort.isDown) {
        query.sort = (sort.isDown ? "-" : "") + sort.column.name;
    }
    history.replaceState(null, "", Object.keys(query).length > 0 ? address("/", query) : "/");
}

function recall() {
    const query = new URLSearchParams(location.search);
    filter.value = query.get("filter") ?? "";
    const asked = query.get("sort") ?? "";
    const column = COLUMNS.find(({ name }) => name === asked.replace("-", ""));
    if (column) {
        sort = { column, isDown: asked.startsWith("-") };
    }
    setWords();
}

/* What the server says */

async function load() {
    const answer = await get("/api/runs");
    clockOffset = Date.parse(answer.now) - Date.now();
    say(byId("where"), answer.folder);
    const ids = new Set(answer.runs.map((run) => run.id));
    [...rows.keys()].filter((id) => !ids.has(id)).forEach(drop);
    answer.runs.forEach(put);
    if (empty.childElementCount === 0) {
        empty.append(message(
            "",
            "There are no runs in this folder yet",
            "Start one, and it appears here:",
            command(`./tandem train --data DIR --run ${quoted(`${answer.folder}/first`)}`),
        ));
    }
    say(byId("cut"), answer.notice ?? "");
    arrange();
    return answer.version;
}

function put(run) {
    const isNew = !rows.has(run.id);
    if (isNew) {
        rows.set(run.id, new Row(run));
    }
    const row = rows.get(run.id);
    row.take(run, now());
    row.node.hidden = !row.matches(words);
    return isNew;
}

function drop(id) {
    rows.get(id)?.node.remove();
    rows.delete(id);
}

heads.append(
    element("th.c-choose", { scope: "col" }, element("span.visually-hidden", {}, "Compare")),
    ...COLUMNS.map((column) => element(
        `th${classesOf(column)}`,
        { scope: "col" },
        element("button.sort", { type: "button", onclick: () => sortBy(column) }, column.title),
    )),
);
recall();
showSort();
filter.addEventListener("input", applyFilter);
filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
        event.preventDefault();
    }
});
body.addEventListener("change", choose);
addEventListener("pageshow", () => showChoice(body.querySelectorAll("input:checked").length));
setInterval(() => rows.forEach((row) => row.tick(now())), CLOCK_MILLIS);
follow(
    "/api/events",
    {},
    {
        summary: (run) => (put(run) ? arrange() : showCount()),
        gone: ({ id }) => {
            drop(id);
            showCount();
        },
    },
    load,
    notice,
);
