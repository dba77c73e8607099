import { address } from "./api.js";
import { element } from "./charts/dom.js";
import { count, duration, percent } from "./charts/format.js";
import { badge, bar, say, setBar } from "./parts.js";
import { ago, epochs, lastPart, moment, progress, trainingLoss } from "./words.js";

/* The rows of the list of runs. A row is made once and then only its texts change: nothing jumps while runs go on. */

/** The states, those that want attention first. */
export const STATES = ["running", "new", "stopped", "killed", "finished", "unreadable"];

/**
 * What stands in a row. title; name; key: what is sorted by; write(cell, run); isNumber; isDown: sorted downwards at
 * the first click; hide: left out on screens less than large (3), on tablets (2), on phones (1).
 */
export const COLUMNS = [
    { name: "name", title: "Name", key: (run) => run.name, write: writeName },
    { name: "state", title: "State", key: (run) => STATES.indexOf(run.state), hide: 1, write: writeState },
    { name: "recipe", title: "Recipe", key: (run) => run.recipe, hide: 2, write: says((run) => run.recipe ?? "–") },
    { name: "data", title: "Data", key: (run) => lastPart(run.data), hide: 2, write: writeData },
    { name: "classes", title: "Classes", key: (run) => run.classes, hide: 2, ...numbers((run) => count(run.classes)) },
    { name: "epoch", title: "Epoch", key: progress, isDown: true, isNumber: true, write: writeEpoch },
    { name: "best", title: "Best error", key: (run) => run.bestError, ...numbers((run) => percent(run.bestError)) },
    { name: "at", title: "at epoch", key: (run) => run.bestEpoch, hide: 3, ...numbers((run) => count(run.bestEpoch)) },
    {
        name: "last",
        title: "Last error",
        key: (run) => run.lastError,
        hide: 3,
        ...numbers((run) => percent(run.lastError)),
    },
    {
        name: "loss",
        title: "Training loss",
        key: (run) => run.trainingLoss,
        hide: 2,
        ...numbers(trainingLoss),
    },
    {
        name: "speed",
        title: "Images/s",
        key: (run) => run.imagesPerSecond,
        hide: 2,
        isDown: true,
        ...numbers((run) => count(run.imagesPerSecond)),
    },
    {
        name: "wait",
        title: "Data wait",
        key: (run) => run.dataWaitShare,
        hide: 3,
        isDown: true,
        ...numbers((run) => percent(run.dataWaitShare)),
    },
    {
        name: "time",
        title: "Time",
        key: (run) => run.seconds,
        hide: 2,
        isDown: true,
        ...numbers((run) => duration(run.seconds || null)),
    },
    {
        name: "updated",
        title: "Updated",
        key: (run) => Date.parse(run.updated),
        hide: 1,
        isDown: true,
        isNumber: true,
        write: writeUpdated,
    },
];

/** Classes of a column's cells. */
export function classesOf(column) {
    return `.c-${column.name}${column.isNumber ? ".num" : ""}${column.hide ? `.hide-${column.hide}` : ""}`;
}

function says(read) {
    return (cell, run) => say(cell, read(run));
}

function numbers(read) {
    return { isNumber: true, write: says(read) };
}

function writeName(cell, run) {
    const [link, state, problem] = cell.children;
    say(link, run.name);
    link.title = run.id;
    writeBadge(state, run);
    say(problem, run.problem ?? "");
    problem.title = run.problem ?? "";
}

function writeState(cell, run) {
    writeBadge(cell.firstElementChild ?? cell.appendChild(badge(run.state)), run);
}

function writeBadge(mark, run) {
    mark.dataset.state = run.state;
    say(mark, run.state);
}

function writeData(cell, run) {
    say(cell, lastPart(run.data));
    cell.title = run.data ?? "";
}

function writeEpoch(cell, run) {
    if (cell.firstElementChild === null) {
        cell.append(element("span"), bar(0));
    }
    const [text, done] = cell.children;
    say(text, run.state === "unreadable" ? "–" : epochs(run));
    done.hidden = run.state !== "running";
    setBar(done, progress(run));
}

function writeUpdated(cell, run, now) {
    say(cell, ago((now - Date.parse(run.updated)) / 1000));
    cell.title = moment(run.updated);
}

/** One run in the list. Its cells are filled when it first goes into the page. */
export class Row {
    constructor(run) {
        this.box = element("input", { type: "checkbox", name: "run", value: run.id });
        const name = [
            element("a.runs__name", { href: address("/run", { run: run.id }) }),
            element("span.badge.runs__state"),
            element("span.runs__problem"),
        ];
        this.cells = COLUMNS.map((column) => (column.name === "name"
            ? element("th.c-name", { scope: "row" }, name)
            : element(`td${classesOf(column)}`)));
        this.node = element("tr", {},
            element("td.c-choose", {}, element("label.runs__choose", {}, this.box)), this.cells);
        this.isFilled = false;
    }

    /** Takes what is new of the run. */
    take(run, now) {
        this.run = run;
        this.box.setAttribute("aria-label", `Compare ${run.name}`);
        this.text = [run.name, run.id, run.state, run.recipe, run.data].join(" ").toLowerCase();
        if (this.isFilled) {
            this.fill(now);
        }
    }

    fill(now) {
        this.isFilled = true;
        COLUMNS.forEach((column, i) => column.write(this.cells[i], this.run, now));
    }

    /** Time passes. */
    tick(now) {
        if (this.isFilled) {
            writeUpdated(this.cells.at(-1), this.run, now);
        }
    }

    matches(words) {
        return words.every((word) => this.text.includes(word));
    }
}
