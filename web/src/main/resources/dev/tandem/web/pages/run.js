import { address, asked, follow, get } from "./api.js";
import { element } from "./charts/dom.js";
import { bytes, count, duration, percent, rate, settingText } from "./charts/format.js";
import { HEALTH_CAPTION, healthLayers, healthTable } from "./charts/health.js";
import { plainTable } from "./charts/table.js";
import { bar, command, facts, message, say, setBar } from "./parts.js";
import { addEpoch, runCurves, waitCurve } from "./run-curves.js";
import { showRunHead } from "./run-head.js";
import { RateForm } from "./run-rate.js";
import { counted, lastPart, moment, progress, quoted, trainingLoss } from "./words.js";

/* The page of one run, which grows while the run trains. */

const PICTURES = {
    kernels: ["First kernels", "The kernels of the first layer, each as a small picture"],
    confusion: ["Confusions", "The confusion matrix: a row for each true class, a column for each that was named"],
};

const byId = (id) => document.getElementById(id);
const id = asked("run");
const curves = runCurves(byId("curves"));
const done = bar(0, "Training done");
const deviceTable = element("div");
const wait = element("div");
const waiting = waitCurve(wait);
const rateForm = new RateForm(id, currentRate);
let run = null;
let growing = 0;

function currentRate() {
    const { history, events, settings } = run;
    const changed = events.findLast((event) => event.setting === "rate");
    const logged = history.rate.at(-1);
    if (changed && !(changed.step <= history.step.at(-1))) {
        return Number(changed.to);
    }
    return logged ?? Number(settings.find(({ key }) => key === "tandem.train.learning-rate")?.value ?? NaN);
}

/* Where it stands */

function showHead() {
    const { summary } = run;
    showRunHead(summary, "/run");
    setBar(done, progress(summary));
    done.classList.toggle("bar--still", summary.state !== "running");
    done.hidden = summary.state === "finished";
    say(byId("done"), doneText(summary));
    const bestEpoch = summary.bestEpoch ? element("small", {}, ` epoch ${count(summary.bestEpoch)}`) : "";
    byId("figures").replaceChildren(
        facts([
            ["Best error", [percent(summary.bestError), bestEpoch]],
            ["Last error", percent(summary.lastError)],
            ["Training loss", trainingLoss(summary)],
            ["Images per second", count(summary.imagesPerSecond)],
            ["Data wait", percent(summary.dataWaitShare)],
            ["Time", duration(summary.seconds || null)],
            summary.state === "running" ? ["Remaining", duration(summary.remainingSeconds)] : null,
        ], true),
        facts([
            ["Recipe", summary.recipe ?? "–"],
            ["Data", element("span", { title: summary.data }, lastPart(summary.data))],
            ["Classes", count(summary.classes)],
            ["Seed", String(summary.seed ?? "–")],
            ["Started", moment(summary.started)],
            ["Updated", moment(summary.updated)],
        ]),
    );
}

function doneText(summary) {
    const share = percent(progress(summary), 0);
    switch (summary.state) {
        case "running":
            return `Epoch ${count((summary.epoch ?? 0) + (summary.epoch < summary.epochs ? 1 : 0))} of`
                + ` ${count(summary.epochs)}, ${share} done`;
        case "finished":
            return `All ${counted(summary.epochs, "epoch")} done`;
        case "new":
            return "No epoch has ended yet";
        default:
            return `Ended after epoch ${count(summary.epoch)} of ${count(summary.epochs)}`;
    }
}

/* What it did */

function showEvents() {
    const { events } = run;
    byId("rate-section").hidden = byId("rate").hidden && events.length === 0;
    byId("events").replaceChildren(events.length === 0 ? "" : plainTable(
        "What was changed during the run",
        ["From step", "What", "Before", "After"],
        [...events].reverse().map((event) => [count(event.step), event.setting, event.from, event.to]),
    ));
}

function showPictures() {
    const host = byId("pictures");
    const names = Object.keys(PICTURES).filter((name) => run.pictures.includes(name));
    byId("pictures-section").hidden = names.length === 0;
    for (const name of names) {
        const [title, alt] = PICTURES[name];
        const source = address("/api/run/picture", { run: id, name, epoch: run.summary.epoch ?? 0 });
        let figure = host.querySelector(`[data-name="${name}"]`);
        if (figure === null) {
            const image = element("img", { alt, src: source, loading: "lazy" });
            figure = element("figure.card.picture", { "data-name": name },
                element("figcaption.lines__title", {}, title), element("a", { href: source }, image));
            host.append(figure);
        } else if (figure.lastElementChild.getAttribute("href") !== source) {
            swap(figure.lastElementChild, source);
        }
    }
}

/** The old picture stays until the new one is there. */
function swap(link, source) {
    link.setAttribute("href", source);
    const fresh = new Image();
    fresh.onload = () => link.firstElementChild.setAttribute("src", source);
    fresh.src = source;
}

function showHealth() {
    const layers = healthLayers(run.health, []);
    say(byId("health-note"), layers.length === 0 ? "Nothing was measured." : HEALTH_CAPTION);
    byId("health").replaceChildren(layers.length === 0 ? "" : healthTable("Health of the layers", run.health, layers));
}

function showDevices() {
    const { devices } = run;
    deviceTable.replaceChildren(devices.length === 0
        ? element("p.muted", {}, "No use of devices was measured.")
        : plainTable(
            "What each device did in the last epoch",
            ["Device", "#Busy", "#Idle", "#Received from others"],
            devices.map((use) =>
                [use.device, duration(use.busySeconds), percent(use.idleShare), bytes(use.receivedBytes)]),
        ));
    waiting.show(run.history);
}

function showSettings() {
    const all = byId("all-settings").checked;
    const shown = run.settings.filter((setting) => all || setting.origin !== "default");
    byId("settings").replaceChildren(shown.length === 0
        ? element("p.muted", {}, "All settings are the defaults.")
        : plainTable(
            "Settings",
            ["Setting", "Value", "From"],
            shown.map(({ key, value, origin }) =>
                [element("code", {}, key), element("code", {}, settingText(value)), origin]),
        ));
}

function showClasses() {
    const details = byId("classes");
    details.closest("section").hidden = run.classes.length === 0;
    say(details.querySelector("summary"), counted(run.classes.length, "class", "classes"));
    details.querySelector("ol").replaceChildren(...run.classes.map((name) => element("li", {}, name)));
}

function showGrown() {
    const isEmpty = run.history.epoch.length === 0;
    byId("no-epoch").hidden = !isEmpty;
    curves.show(run.history);
    showHealth();
    showDevices();
    showPictures();
}

/* What the server says */

async function load() {
    const [answer, session] = await Promise.all([get(address("/api/run", { run: id })), get("/api/session")]);
    run = answer;
    byId("run").hidden = run.summary.state === "unreadable";
    showRunHead(run.summary, "/run");
    if (run.summary.state === "unreadable") {
        byId("problem").replaceChildren(message("warn", "This run cannot be read", run.summary.problem ?? ""));
        return 0;
    }
    showHead();
    showGoOn();
    rateForm.show(run.canChangeRate, session.mayChange);
    showEvents();
    showGrown();
    showSettings();
    showClasses();
    return run.history.epoch.at(-1) ?? 0;
}

/** How a run goes on that has ended before its last epoch. */
function showGoOn() {
    const { state, epoch, epochs } = run.summary;
    const isShort = ["stopped", "killed"].includes(state) && epoch < epochs;
    byId("problem").replaceChildren(isShort
        ? message(
            state === "killed" ? "warn" : "",
            state === "killed" ? "Its process ended without a word" : "It was stopped before its last epoch",
            "It goes on from its newest checkpoint with:",
            command(`./tandem train --resume --run ${quoted(run.folder)}`),
        )
        : "");
}

function onEpoch(record) {
    addEpoch(run.history, run.health, record);
    run.devices = record.devices ?? [];
    if (growing === 0) {
        growing = requestAnimationFrame(() => {
            growing = 0;
            showGrown();
        });
    }
    const error = (record.top1Error ?? null) === null ? "" : `, error ${percent(record.top1Error)}`;
    say(byId("news"), `Epoch ${count(record.epoch)}: training loss ${trainingLoss(record)}${error}.`);
}

function onSummary(summary) {
    const isOther = summary.state !== run.summary.state;
    run.summary = summary;
    showHead();
    showPictures();
    if (isOther) {
        load();
    }
}

function onChange(event) {
    run.events.push(event);
    showEvents();
    if (event.setting === "rate") {
        rateForm.changed(event);
        say(byId("news"), `The learning rate is ${rate(Number(event.to))} now.`);
    }
}

function onGone() {
    byId("problem").replaceChildren(message("warn", "This run was removed",
        "What was read before is still shown here."));
}

byId("progress").append(done);
byId("devices").append(deviceTable, element("div", {}, wait));
byId("all-settings").addEventListener("change", showSettings);
if (id === null) {
    byId("problem").replaceChildren(message("", "Which run?",
        element("p", {}, element("a", { href: "/" }, "Choose one from the list."))));
} else {
    follow(
        "/api/run/events",
        { run: id },
        { epoch: onEpoch, summary: onSummary, change: onChange, gone: onGone },
        load,
        byId("notice"),
    );
}
