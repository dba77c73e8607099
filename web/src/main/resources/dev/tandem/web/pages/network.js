import { address, asked, get, untilAnswered } from "./api.js";
import { element } from "./charts/dom.js";
import { bytes, count, large } from "./charts/format.js";
import { plainTable } from "./charts/table.js";
import { colourOf, layerRow, networkPicture } from "./network-picture.js";
import { facts, say, swatch } from "./parts.js";
import { showRunHead } from "./run-head.js";

/* The network of a run: where its layers are, and what a training step costs. */

const byId = (id) => document.getElementById(id);
const id = asked("run") ?? "";

const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);

function showFacts(network) {
    byId("facts").replaceChildren(facts([
        ["Recipe", network.recipe],
        ["Placement", network.strategy],
        ["Devices", count(network.devices.length)],
        ["Batch", count(network.batch)],
        ["Parameters", count(sum(network.layers.map((layer) => layer.parameters)))],
        ["Multiply-adds/image", large(sum(network.layers.map((layer) => layer.multiplyAdds)))],
        ["Memory for training", bytes(network.trainingBytes)],
        network.devices.length > 1
            ? ["Crossing in a step", bytes(network.crossedBytes)]
            : null,
    ]));
}

function showTable(network) {
    byId("table").replaceChildren(plainTable(
        "Layers of the network",
        ["Layer", "Kind", "Input", "#Output", "#Parameters", "#Multiply-adds", "Devices", "Divided", "#Crossing"],
        network.layers.map((layer) => layerRow(layer, network.devices)),
    ));
}

function showDevices(network) {
    byId("devices").replaceChildren(plainTable(
        "Devices in a training step",
        ["Device", "#Memory", "#Parameters", "#Momentum", "#Activations", "#Received", "#Multiply-adds"],
        network.devices.map((device, index) => [
            element("span.compared__name", {}, swatch(colourOf(index)), device.name),
            bytes(device.bytes),
            bytes(device.parameterBytes),
            bytes(device.momentumBytes),
            bytes(device.activationBytes),
            bytes(device.receivedBytes),
            large(device.multiplyAdds),
        ]),
    ));
}

/** Drawn anew if the width is another. */
function keepDrawn(network) {
    const host = byId("picture");
    let drawn = 0;
    new ResizeObserver(() => {
        if (host.clientWidth > 0 && host.clientWidth !== drawn) {
            drawn = host.clientWidth;
            host.replaceChildren(networkPicture(network, drawn));
        }
    }).observe(host);
}

async function show() {
    const [network, answer] = await untilAnswered(byId("notice"), () => Promise.all([
        get(address("/api/run/network", { run: id })),
        get(address("/api/run", { run: id })),
    ])) ?? [];
    if (network === undefined) {
        return;
    }
    showRunHead(answer.summary, "/network");
    say(byId("legend"), network.devices.length > 1
        ? "Boxes are what each device computes in a step; lines between lanes are what crosses, forward and backward."
        : "All on one device. Layers without parameters are slim.");
    showFacts(network);
    showTable(network);
    showDevices(network);
    byId("network").hidden = false;
    keepDrawn(network);
}

show();
