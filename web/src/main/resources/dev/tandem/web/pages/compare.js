import { address, follow, get } from "./api.js";
import { element } from "./charts/dom.js";
import { count, duration, number, percent, settingText } from "./charts/format.js";
import { lines } from "./charts/lines.js";
import { plainTable } from "./charts/table.js";
import { badge, message, say, swatch } from "./parts.js";
import { counted, epochs, trainingLoss } from "./words.js";

/* Several runs together: their figures, their curves, and the settings that differ. They are part of the address. */

const MOST = 8;
const PLOTS = [
    { title: "Error, top-1", y: { label: "validation, centre crop", format: "percent" }, of: (h) => h.top1Error },
    { title: "Error, top-5", y: { label: "validation, centre crop", format: "percent" }, of: (h) => h.top5Error },
    { title: "Loss in validation", y: { label: "cross-entropy", format: "number" }, of: (h) => h.logLoss },
    { title: "Loss in training", y: { label: "cross-entropy", format: "number" }, of: (h) => h.trainingLoss },
    {
        title: "Learning rate",
        y: { label: "each epoch's last step", format: "rate", log: true },
        of: (h) => h.rate,
        stepped: true,
    },
    { title: "Speed", y: { label: "training images per second", format: "number" }, of: (h) => h.imagesPerSecond },
];

const byId = (id) => document.getElementById(id);
const runs = new Map();
const drawn = new Map();
let chosen = [...new Set(new URLSearchParams(location.search).getAll("run"))].slice(0, MOST);
let listed = [];

/* What is chosen */

function setChosen(ids) {
    chosen = ids;
    history.replaceState(null, "", chosen.length > 0 ? address("/compare", { run: chosen }) : "/compare");
}

async function add(event) {
    event.preventDefault();
    const text = byId("more").value.trim();
    const found = listed.filter((run) => run.id === text || run.name === text);
    const problem = text === "" ? "Type the name of a run."
        : found.length === 0 ? `There is no run ${text}.`
        : found.length > 1 ? `There are ${found.length} runs of this name: choose one by its path.`
        : chosen.includes(found[0].id) ? "It is compared already."
        : chosen.length >= MOST ? `${MOST} runs are compared at most: remove one first.`
        : "";
    if (problem === "") {
        setChosen([...chosen, found[0].id]);
        byId("more").value = "";
        await refresh();
    }
    say(byId("add-hint"), problem || `${found[0].name} was added.`);
}

function remove(id) {
    const { name } = runs.get(id)?.summary ?? { name: id };
    setChosen(chosen.filter((other) => other !== id));
    show();
    byId("more").focus();
    say(byId("add-hint"), `${name} was removed.`);
}

/* What is shown */

/** A run's name; with its path if another has the same. */
function label(run) {
    const isTwin = chosen.some((id) => id !== run.summary.id && runs.get(id)?.summary.name === run.summary.name);
    return isTwin ? run.summary.id : run.summary.name;
}

function show() {
    const shown = chosen.map((id) => runs.get(id)).filter((run) => run !== undefined);
    byId("compared").hidden = shown.length === 0;
    byId("empty").replaceChildren(shown.length > 1 ? "" : message(
        "",
        shown.length === 0 ? "No run is chosen yet" : "One more run makes a comparison",
        element("p", {}, "Add one above, or choose several in ", element("a", { href: "/" }, "the list"), "."),
    ));
    byId("others").replaceChildren(...listed
        .filter((run) => !chosen.includes(run.id))
        .map((run) => element("option", { value: run.id })));
    if (shown.length > 0) {
        showFigures(shown);
        showCurves(shown);
        showSettings(shown);
    }
}

function showFigures(shown) {
    const least = (values) => Math.min(...values.filter((value) => Number.isFinite(value)));
    const best = least(shown.map(({ summary }) => summary.bestError));
    const at = ({ summary, history }, values) => values[history.epoch.indexOf(summary.bestEpoch)];
    const mark = (summary) => (shown.length > 1 && summary.bestError === best
        ? element("strong.good", {}, percent(summary.bestError), element("span.visually-hidden", {}, ", the least"))
        : percent(summary.bestError));
    byId("figures").replaceChildren(plainTable(
        "Figures of the runs",
        ["Run", "State", "#Epoch", "#Best error", "#at epoch", "#top-5 there", "#log-loss there", "#Last error",
            "#Training loss", "#Images/s", "#Time", ""],
        shown.map((run, i) => [
            element("span.compared__name", {}, swatch(i + 1),
                element("a", { href: address("/run", { run: run.summary.id }) }, label(run))),
            badge(run.summary.state),
            epochs(run.summary),
            mark(run.summary),
            count(run.summary.bestEpoch),
            percent(at(run, run.history.top5Error)),
            number(at(run, run.history.logLoss)),
            percent(run.summary.lastError),
            trainingLoss(run.summary),
            count(run.summary.imagesPerSecond),
            duration(run.summary.seconds || null),
            removeButton(run),
        ]),
    ));
}

function removeButton(run) {
    return element(
        "button.button.button--small",
        { type: "button", "aria-label": `Remove ${label(run)}`, onclick: () => remove(run.summary.id) },
        "Remove",
    );
}

function showCurves(shown) {
    const x = [...new Set(shown.flatMap(({ history }) => history.epoch))].sort((a, b) => a - b);
    for (const plot of PLOTS) {
        const series = shown.map((run) => {
            const values = new Map(run.history.epoch.map((epoch, i) => [epoch, plot.of(run.history)[i]]));
            return { label: label(run), values: x.map((epoch) => values.get(epoch) ?? null), stepped: plot.stepped };
        });
        const isEmpty = series.every(({ values }) => values.every((value) => value === null));
        if (drawn.has(plot)) {
            drawn.get(plot).card.hidden = isEmpty;
            drawn.get(plot).chart.update({ x: { label: "epoch", values: x }, series });
        } else if (!isEmpty) {
            const card = element("div.card");
            byId("curves").append(card);
            const chart = lines(card, { title: plot.title, x: { label: "epoch", values: x }, y: plot.y, series });
            drawn.set(plot, { card, chart });
        }
    }
}

function showSettings(shown) {
    const values = shown.map((run) => new Map(run.settings.map(({ key, value }) => [key, settingText(value)])));
    const keys = [...new Set(values.flatMap((settings) => [...settings.keys()]))];
    const differ = keys.filter((key) => new Set(values.map((settings) => settings.get(key))).size > 1);
    const same = `${counted(keys.length - differ.length, "setting is", "settings are")} the same`;
    say(byId("same"), shown.length > 1 ? same : "");
    byId("settings").replaceChildren(differ.length === 0
        ? element("p.muted", {}, shown.length > 1 ? "None: only chance and the machine make them differ." : "–")
        : plainTable(
            "Settings that differ",
            ["Setting", ...shown.map((run) => ({ name: label(run) }))],
            differ.map((key) => [key, ...values.map((settings) => settings.get(key) ?? settingText())].map((text) =>
                element("code", {}, text))),
        ));
}

/* What the server says */

async function refresh() {
    const missing = chosen.filter((id) => !runs.has(id));
    const answers = await Promise.all(missing.map((id) => get(address("/api/run", { run: id }))));
    answers.forEach((run) => runs.set(run.summary.id, run));
    show();
}

async function load() {
    const answer = await get("/api/runs");
    listed = answer.runs.filter((run) => run.state !== "unreadable");
    const there = new Set(listed.map((run) => run.id));
    const gone = chosen.filter((id) => !there.has(id));
    if (gone.length > 0) {
        setChosen(chosen.filter((id) => there.has(id)));
        say(byId("add-hint"), `Not there, or not readable: ${gone.join(", ")}.`);
    }
    runs.clear();
    await refresh();
    return answer.version;
}

async function onSummary(summary) {
    const known = runs.get(summary.id);
    if (chosen.includes(summary.id) && known !== undefined
        && (summary.epoch !== known.summary.epoch || summary.state !== known.summary.state)) {
        runs.set(summary.id, await get(address("/api/run", { run: summary.id })));
        show();
    }
}

byId("add").addEventListener("submit", add);
follow("/api/events", {}, { summary: onSummary }, load, byId("notice"));
