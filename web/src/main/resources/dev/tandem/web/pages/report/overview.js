import { element } from "../charts/dom.js";
import { count, duration, number, percent, rate } from "../charts/format.js";
import { plainTable } from "../charts/table.js";

/** The figures that people ask for first, what was trained on what, and what this report cannot say. */
export function overviewSection(report) {
    const node = element(
        "div",
        {},
        headline(report),
        element("p.report__said", {}, sentence(report)),
        report.runs.length > 1 ? runsTable(report.runs) : factsOf(report.runs[0]),
        report.notes.length > 0 &&
            element(
                "div.message",
                {},
                element("strong", {}, "Notes"),
                element(
                    "ul.report__list",
                    {},
                    report.notes.map((note) => element("li", {}, note.endsWith(".") ? note : `${note}.`)),
                ),
            ),
    );
    return { title: "Overview", node };
}

function headline({ runs, evaluation, calibration }) {
    const [run] = runs;
    const measured = evaluation ?? run;
    return element(
        "dl.facts.facts--large",
        {},
        fact("Top-1 error", percent(measured.top1Error)),
        measured.top5Error !== null && fact("Top-5 error", percent(measured.top5Error)),
        measured.logLoss !== null && fact("Log-loss", number(measured.logLoss)),
        calibration && fact("Calibration error", percent(calibration.expectedCalibrationError)),
        fact("Parameters", count(run.parameters)),
        fact("Epochs", run.epochsPlanned ? `${count(run.epochs)} of ${count(run.epochsPlanned)}` : count(run.epochs)),
        fact("Training time", duration(run.seconds)),
        fact("Images per second", count(run.imagesPerSecond)),
    );
}

function fact(name, value) {
    return element("div", {}, element("dt", {}, name), element("dd", {}, value));
}

function sentence({ runs, evaluation, classes }) {
    const [run] = runs;
    const images = run.trainingImages === null ? "" : `${count(run.trainingImages)} images of `;
    const what = `${images}${count(classes.length || run.classes)} classes`;
    const does = run.state === "new" ? "for" : "trained on";
    const trained = `${run.name} is a network of the recipe ${run.recipe}, ${does} ${what}. `;
    if (!evaluation) {
        const errors = run.bestEpoch === null ? "no errors were measured" : "the errors are those of its best epoch";
        return `${trained}It was not evaluated for this report: ${errors}.`;
    }
    const split = evaluation.split === "test" ? "test" : "validation";
    const from = evaluation.data === run.data ? "" : ` of ${evaluation.data}`;
    const views = evaluation.views > 1 ? `${count(evaluation.views)} crops of each of ` : "the centre crops of ";
    return (
        `${trained}The errors are those of the checkpoint ${evaluation.checkpoint} (epoch ${evaluation.epoch})` +
        ` on ${views}${count(evaluation.images)} ${split} images${from}.`
    );
}

function factsOf(run) {
    return element(
        "dl.facts",
        {},
        fact("State", badge(run)),
        fact("Best epoch", count(run.bestEpoch)),
        run.validationImages !== null && fact("Validation images", count(run.validationImages)),
        fact("Waited for data", percent(run.dataWaitShare)),
        fact("Seed", String(run.seed)),
        run.data && fact("Data", element("code", {}, run.data)),
        fact("Folder", element("code", {}, run.folder)),
    );
}

function badge(run) {
    return element("span.badge", { "data-state": run.state }, run.state);
}

const COLUMNS = [
    ["Run", (run) => element("span", { title: run.folder }, run.name)],
    ["State", badge],
    ["Recipe", (run) => run.recipe],
    ["#Epochs", (run) => count(run.epochs)],
    ["#Best epoch", (run) => count(run.bestEpoch)],
    ["#Top-1 error", (run) => percent(run.top1Error)],
    ["#Top-5 error", (run) => percent(run.top5Error)],
    ["#Log-loss", (run) => number(run.logLoss)],
    ["#Last rate", (run) => rate(run.history.rate.at(-1))],
    ["#Seed", (run) => String(run.seed)],
    ["#Time", (run) => duration(run.seconds)],
    ["#Images/s", (run) => count(run.imagesPerSecond)],
];

/** Errors of runs with other classes do not compare: how many there are is shown if they differ. */
const CLASSES = ["#Classes", (run) => count(run.classes)];

function runsTable(runs) {
    const isOfSame = runs.every((run) => run.classes === runs[0].classes);
    const columns = isOfSame ? COLUMNS : [...COLUMNS.slice(0, 3), CLASSES, ...COLUMNS.slice(3)];
    const rows = runs.map((run) => columns.map(([, cell]) => cell(run)));
    const caption =
        "Runs, each at its best epoch. The figures above and the pictures of classes and images are of the first.";
    return [
        element("p.table-caption", {}, caption),
        plainTable(
            "Runs",
            columns.map(([head]) => head),
            rows,
        ),
    ];
}
