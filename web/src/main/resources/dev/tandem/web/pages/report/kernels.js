import { element } from "../charts/dom.js";
import { kernels } from "../charts/kernels.js";

/** What the first layer looks for, and how that came to be. */
export function kernelsSection({ kernels: data }) {
    if (!data) {
        return null;
    }
    const size = `${data.height} × ${data.width}${data.channels === 1 ? ", grey" : ""}`;
    const card = element("div.card");
    const amount = data.columns * data.perColumn;
    const words = `The ${amount} kernels of ${data.parameter}, ${size}, each stretched to its own range.`;
    const node = element("div", {}, element("p.muted", {}, words), card);
    return { title: "First kernels", node, draw: () => kernels(card, data) };
}
