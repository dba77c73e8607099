import { address, follow, get, untilAnswered } from "./api.js";
import { element } from "./charts/dom.js";
import { bytes, duration, percent } from "./charts/format.js";
import { plainTable } from "./charts/table.js";
import { bar, say } from "./parts.js";
import { epochs } from "./words.js";

/* The devices of the configured backend, and what runs under way do with theirs. */

const byId = (id) => document.getElementById(id);
const running = new Map();

async function showDevices() {
    const answer = await untilAnswered(byId("notice"), () => get("/api/devices"));
    if (answer === null) {
        byId("devices").replaceChildren();
        return;
    }
    say(byId("backend"), `backend ${answer.backend}`);
    byId("devices").replaceChildren(plainTable(
        "Devices of the backend",
        ["Device", "What it is", "#Available memory", "#Reserved by this server"],
        answer.devices.map((device) =>
            [device.name, device.description, bytes(device.availableBytes), bytes(device.reservedBytes)]),
    ));
}

/* Runs under way */

async function take(summary) {
    if (summary.state !== "running") {
        running.delete(summary.id);
    } else {
        const known = running.get(summary.id);
        const isGrown = known === undefined || known.summary.epoch !== summary.epoch;
        const { devices } = isGrown ? await get(address("/api/run", { run: summary.id })) : known;
        running.set(summary.id, { summary, devices });
    }
}

function showRunning() {
    const rows = [...running.values()].flatMap(({ summary, devices }) =>
        (devices.length > 0 ? devices : [{ device: "–" }]).map((use) => [
            element("a", { href: address("/run", { run: summary.id }) }, summary.name),
            epochs(summary),
            use.device,
            duration(use.busySeconds),
            idle(use.idleShare),
            bytes(use.receivedBytes),
            percent(summary.dataWaitShare),
        ]));
    byId("running").replaceChildren(rows.length === 0
        ? element("p.muted", {}, "No run trains now.")
        : plainTable(
            "What runs under way did with their devices in the last epoch",
            ["Run", "#Epoch", "Device", "#Busy", "#Idle", "#Received from others", "#Data wait"],
            rows,
        ));
}

function idle(share) {
    return element("span.share", {}, bar(share ?? 0), percent(share));
}

async function load() {
    const { runs, version } = await get("/api/runs");
    running.clear();
    await Promise.all(runs.filter((run) => run.state === "running").map(take));
    showRunning();
    return version;
}

async function onSummary(summary) {
    await take(summary);
    showRunning();
}

showDevices();
follow(
    "/api/events",
    {},
    {
        summary: onSummary,
        gone: ({ id }) => {
            running.delete(id);
            showRunning();
        },
    },
    load,
    byId("running-notice"),
);
