import { element } from "../charts/dom.js";
import { bytes, count, duration, large, number, percent } from "../charts/format.js";
import { stack } from "../charts/stack.js";
import { cellBar, plainTable } from "../charts/table.js";

/** Where a run's time and its memory went. */
export function costSection(report) {
    const times = report.runs
        .filter((run) => run.history.epoch.length > 0)
        .map((run) => timeOf(run, report.runs.length > 1));
    const parts = [
        ...times,
        report.memory && memoryOf(report.memory),
        report.layers.length > 0 && layersOf(report.layers),
    ].filter(Boolean);
    return parts.length === 0 ? null : { title: "Time and memory", node: element("div.report__stack", {}, parts) };
}

/** An epoch's training takes the images divided by their speed; what is left of its time is validation and writing. */
function timeOf(run, isNamed) {
    const { history, trainingImages } = run;
    let [computing, waiting, rest] = [0, 0, 0];
    history.epoch.forEach((_, i) => {
        const speed = history.imagesPerSecond[i];
        const images = trainingImages ?? 0;
        const training = speed > 0 ? Math.min(history.seconds[i] ?? 0, images / speed) : 0;
        const waited = training * (history.dataWaitShare[i] ?? 0);
        computing += training - waited;
        waiting += waited;
        rest += (history.seconds[i] ?? 0) - training;
    });
    const all = `${duration(run.seconds)} for ${count(history.epoch.length)} epochs`;
    const part = (label, value) => ({
        label,
        value,
        text: `${duration(value)}, ${percent(value / (run.seconds || 1))}`,
    });
    const known = trainingImages
        ? stack(all, [
              part("computing", computing),
              part("waiting for data", waiting),
              part("validation and files", rest),
          ])
        : element("p", {}, `${all}; ${percent(run.dataWaitShare)} of the training was spent waiting for data.`);
    return element(
        "div.card",
        {},
        element("h3", {}, isNamed ? `Time of ${run.name}` : "Time"),
        known,
        run.devices.length > 0 && devicesOf(run),
    );
}

function devicesOf({ name, devices }) {
    return captioned(
        `Devices of ${name} in the last epoch`,
        ["Device", "#Computed", "#Idle", "#Received"],
        devices.map((use) => [use.device, duration(use.busySeconds), percent(use.idleShare), bytes(use.receivedBytes)]),
    );
}

function memoryOf({ batch, strategy, trainingBytes, devices }) {
    const placed = strategy === "single" ? "" : `, divided by ${strategy}`;
    return element(
        "div.card",
        {},
        element("h3", {}, "Memory of a training step"),
        element(
            "p",
            {},
            `${bytes(trainingBytes)} with batches of ${count(batch)} images${placed}, as forecast;`,
            " a backend's own workspaces come on top.",
        ),
        devices.map((device) =>
            stack(
                `${device.name}: ${bytes(device.bytes)}`,
                [
                    { label: "parameters", value: device.parameterBytes, text: bytes(device.parameterBytes) },
                    { label: "optimizer", value: device.momentumBytes, text: bytes(device.momentumBytes) },
                    { label: "activations", value: device.activationBytes, text: bytes(device.activationBytes) },
                    other(device),
                ].filter(({ value }) => value > 0),
            ),
        ),
        devices.length > 1 &&
            captioned(
                "Each step",
                ["Device", "#Multiply-adds", "#Received"],
                devices.map((device) => [device.name, large(device.multiplyAdds), bytes(device.receivedBytes)]),
            ),
    );
}

function other(device) {
    const value = device.bytes - device.parameterBytes - device.momentumBytes - device.activationBytes;
    return { label: "gradients and the rest", value, text: bytes(value) };
}

function layersOf(layers) {
    const most = Math.max(
        1,
        ...layers.map((layer) => layer.parameterBytes + layer.activationBytes + (layer.optimizerBytes ?? 0)),
    );
    const mostWork = Math.max(1, ...layers.map((layer) => layer.multiplyAdds));
    const hasNorms = layers.some((layer) => layer.weightNorm !== null);
    const heads = [
        "Layer",
        "#Output",
        "#Parameters",
        "#Bytes in a step",
        "#Multiply-adds",
        hasNorms && "#Length of the weights",
    ].filter(Boolean);
    const rows = layers.map((layer) => {
        const held = layer.parameterBytes + layer.activationBytes + (layer.optimizerBytes ?? 0);
        return [
            [layer.name, element("span.muted", {}, ` ${layer.kind}`)],
            layer.output.join(" \u00d7 "),
            layer.parameters > 0 ? count(layer.parameters) : "\u2013",
            cellBar(held / most, bytes(held)),
            cellBar(layer.multiplyAdds / mostWork, layer.multiplyAdds > 0 ? large(layer.multiplyAdds) : "\u2013"),
            hasNorms && (layer.weightNorm === null ? "\u2013" : number(layer.weightNorm)),
        ].filter((cell) => cell !== false);
    });
    return element(
        "div",
        {},
        captioned(
            "Layers: parameters, optimizer and output of a batch in bytes; multiply-adds for one image",
            heads,
            rows,
        ),
    );
}

function captioned(caption, heads, rows) {
    return [element("p.report__caption", {}, caption), plainTable(caption, heads, rows)];
}
