const WHEEL = 0.01;

/**
 * Moves and enlarges a matrix by mouse, pen and fingers. One finger scrolls the page while the matrix is whole.
 *
 * @param room gives {side, head, plot}: where the cells are in `area`
 * @param pick takes where the pointer is, in pixels of `area`, or null
 */
export function addPointers(area, view, { room, redraw, pick }) {
    const down = new Map();
    const place = (event) => {
        const box = area.getBoundingClientRect();
        return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const share = ({ x, y }) => [(x - room().side) / room().plot, (y - room().head) / room().plot];

    area.addEventListener("pointerdown", (event) => {
        down.set(event.pointerId, place(event));
        if (event.pointerType === "mouse" || !view.isWhole) {
            area.setPointerCapture(event.pointerId);
        }
        pick(place(event).x, place(event).y);
    });
    area.addEventListener("pointermove", (event) => {
        const now = place(event);
        const before = down.get(event.pointerId);
        if (!before) {
            pick(now.x, now.y);
            return;
        }
        const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
        if (other) {
            const factor =
                Math.hypot(now.x - other.x, now.y - other.y) / Math.hypot(before.x - other.x, before.y - other.y);
            view.zoom(Number.isFinite(factor) && factor > 0 ? factor : 1, ...share(other));
        } else {
            view.pan((before.x - now.x) / room().plot, (before.y - now.y) / room().plot);
        }
        down.set(event.pointerId, now);
        redraw();
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
        area.addEventListener(end, (event) => down.delete(event.pointerId));
    }
    area.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && pick(null, null));
    area.addEventListener("dblclick", (event) => {
        view.zoom(2, ...share(place(event)));
        redraw();
    });
    area.addEventListener(
        "wheel",
        (event) => {
            if (event.ctrlKey || event.metaKey) {
                event.preventDefault();
                view.zoom(Math.exp(-event.deltaY * WHEEL), ...share(place(event)));
                redraw();
            }
        },
        { passive: false },
    );
}
