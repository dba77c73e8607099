import { element } from "../charts/dom.js";
import { bytes, count, duration, percent } from "../charts/format.js";
import { lines } from "../charts/lines.js";
import { stack } from "../charts/stack.js";
import { captioned } from "../charts/table.js";

/** How a run's time was spent, on the whole and in each epoch; {node, draw}. */
export function timeOf(run, isNamed) {
    const { history, trainingImages, batch } = run;
    const epochs = history.epoch.length;
    const all = `${duration(run.seconds)} for ${epochs === 1 ? "1 epoch" : `${count(epochs)} epochs`}`;
    const parts = trainingImages === null ? null : partsOf(history, trainingImages - (trainingImages % batch));
    const curves = element("div.report__time");
    const node = element(
        "div.card",
        {},
        element("h3", {}, isNamed ? `Time of ${run.name}` : "Time"),
        parts
            ? stack(
                  all,
                  parts.map((part) => summed(part, run.seconds)),
              )
            : element("p", {}, `${all}; ${percent(run.dataWaitShare)} of the training was spent waiting for data.`),
        parts && curves,
        run.devices.length > 0 && devicesOf(run),
    );
    const options = {
        title: "Time of each epoch",
        x: { label: "epoch", values: history.epoch },
        y: { label: "seconds", format: "seconds" },
        series: parts,
        height: 150,
    };
    return { node, draw: () => parts && lines(curves, options) };
}

/**
 * An epoch's training takes its images, which are whole batches, divided by their speed. What is left of its time is
 * validation and writing.
 */
function partsOf(history, images) {
    const seconds = (i) => history.seconds[i] ?? 0;
    const training = history.imagesPerSecond.map((speed, i) => (speed > 0 ? Math.min(seconds(i), images / speed) : 0));
    const waiting = training.map((time, i) => time * (history.dataWaitShare[i] ?? 0));
    return [
        { label: "computing", values: training.map((time, i) => time - waiting[i]), colour: 0 },
        { label: "waiting for data", values: waiting, colour: 4 },
        { label: "validation and files", values: training.map((time, i) => seconds(i) - time), colour: 2 },
    ];
}

function summed({ label, values }, whole) {
    const value = values.reduce((sum, seconds) => sum + seconds, 0);
    return { label, value, text: `${duration(value)}, ${percent(value / (whole || 1))}` };
}

function devicesOf({ name, devices }) {
    return captioned(
        `Devices of ${name} in the last epoch`,
        ["Device", "#Computed", "#Idle", "#Received"],
        devices.map((use) => [use.device, duration(use.busySeconds), percent(use.idleShare), bytes(use.receivedBytes)]),
    );
}
