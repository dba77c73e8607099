import { element } from "../charts/dom.js";
import { bytes, count, large, number } from "../charts/format.js";
import { stack } from "../charts/stack.js";
import { captioned, cellBar } from "../charts/table.js";
import { timeOf } from "./time.js";

/** Where a run's time and its memory went. */
export function costSection({ runs, memory, layers }) {
    const times = runs.filter((run) => run.history.epoch.length > 0).map((run) => timeOf(run, runs.length > 1));
    const nodes = [
        ...times.map((time) => time.node),
        memory && memoryOf(memory),
        layers.length > 0 && layersOf(layers),
    ];
    if (!nodes.some(Boolean)) {
        return null;
    }
    const node = element("div.report__stack", {}, nodes);
    return { title: "Time and memory", node, draw: () => times.forEach((time) => time.draw()) };
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
        ...layers.map((layer) => layer.parameterBytes + layer.activationBytes + layer.optimizerBytes),
    );
    const mostWork = Math.max(1, ...layers.map((layer) => layer.multiplyAdds));
    const hasNorms = layers.some((layer) => layer.weightNorm !== null);
    const heads = [
        "Layer",
        "#Output",
        "#Parameters",
        "#Bytes in a step",
        "#Multiply-adds",
        hasNorms && "#Norm of the weights",
    ].filter(Boolean);
    const rows = layers.map((layer) => {
        const held = layer.parameterBytes + layer.activationBytes + layer.optimizerBytes;
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
