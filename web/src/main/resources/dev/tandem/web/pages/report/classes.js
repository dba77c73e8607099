import { confusion } from "../charts/confusion.js";
import { element } from "../charts/dom.js";
import { count, percent } from "../charts/format.js";
import { reliability } from "../charts/reliability.js";
import { cellBar, plainTable, sortedTable } from "../charts/table.js";
import { shortNames } from "./names.js";

/** How many classes are printed on paper; report.css has it, too. */
const PRINTED = 40;

/** The matrix of all classes beside the pairs that were confused most. */
export function confusionSection(report, links) {
    if (!report.confusion) {
        return null;
    }
    const names = shortNames(report.classes);
    const matrix = element("div");
    const pairs =
        report.pairs.length > 0 &&
        element("div", {}, element("h3", {}, "Most confused"), pairsTable(report, names, links));
    const node = element("div.report__matrix", {}, element("div.card", {}, matrix), pairs);
    return {
        title: "Confusion",
        node,
        draw: () => {
            const shown = confusion(matrix, { names, order: report.confusion.order, counts: report.confusion.counts });
            links.showCell = shown.show;
        },
    };
}

function pairsTable({ pairs }, names, links) {
    const rows = pairs.map(({ truth, predicted, count: images, images: all }) => [
        cellLink(names[truth], truth, predicted, links),
        names[predicted],
        cellBar(images / all, `${count(images)} of ${count(all)}`, "wrong"),
    ]);
    const table = plainTable("Most confused classes", ["Truth", "Taken for", "#Images"], rows);
    table.classList.add("report__pairs");
    return table;
}

/** A name that shows its cell of the matrix. */
function cellLink(name, truth, predicted, links) {
    const onclick = (event) => {
        event.preventDefault();
        links.showCell(truth, predicted);
    };
    return element("a", { href: "#confusion", title: "Show in the matrix", onclick }, name);
}

/** The error of each class, the worst first. */
export function classesSection({ perClass, classes }, links) {
    if (perClass.length === 0) {
        return null;
    }
    const names = shortNames(classes);
    const full = ({ label }) => `${classes[label].words ?? ""} ${classes[label].name}`;
    const columns = [
        { label: "Class", value: (row) => names[row.label], cell: (row) => nameOf(row.label, names, classes, links) },
        { label: "Images", value: (row) => row.images, cell: (row) => count(row.images), isNumber: true },
        {
            label: "Error",
            value: (row) => row.error,
            cell: (row) => cellBar(row.error, percent(row.error), "wrong"),
            isNumber: true,
        },
    ];
    const node = sortedTable(columns, perClass, {
        sorted: { column: 2, descending: true },
        find: classes.length > 20 ? full : null,
        what: "classes",
        label: "Error of each class",
    });
    const printed = perClass.length > PRINTED && element("p.report__printed", {}, `The first ${PRINTED} are printed.`);
    return { title: "Errors of the classes", node: element("div.report__narrow", {}, node, printed) };
}

/** Its short name, which shows it in the matrix, and what else it is called. */
function nameOf(label, names, classes, links) {
    const { name, words } = classes[label];
    const others = words ? [...words.split(", ").slice(1), name].join(", ") : null;
    const rest = others && element("span.report__words", {}, others);
    return [links.showCell ? cellLink(names[label], label, label, links) : names[label], rest];
}

/** Whether probabilities can be believed. */
export function calibrationSection({ calibration }) {
    if (!calibration) {
        return null;
    }
    const node = element("div.card");
    return { title: "Calibration", node, draw: () => reliability(node, calibration) };
}
