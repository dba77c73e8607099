import { address, post, refused } from "./api.js";
import { rate } from "./charts/format.js";
import { message, say } from "./parts.js";

/* Changing the learning rate of a run under way: a number, a question that says from what to what, an answer. */

const byId = (id) => document.getElementById(id);

/** The form and its dialog. `current` gives the rate of now. */
export class RateForm {
    constructor(id, current) {
        this.id = id;
        this.current = current;
        this.mayChange = false;
        [this.form, this.input, this.hint, this.answer, this.dialog] =
            ["rate", "rate-to", "rate-hint", "rate-answer", "confirm"].map(byId);
        this.form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.question();
        });
        this.dialog.addEventListener("close", () => this.decided());
        this.input.addEventListener("input", () => this.explain(""));
    }

    /** Shows the form only if the run goes on. */
    show(canChange, mayChange) {
        this.mayChange = mayChange;
        this.form.hidden = !canChange;
        this.input.placeholder = rate(this.current());
        this.explain("");
    }

    explain(problem) {
        this.input.setAttribute("aria-invalid", String(problem !== ""));
        this.hint.classList.toggle("bad", problem !== "");
        this.hint.classList.toggle("muted", problem === "");
        say(this.hint, problem || (this.mayChange
            ? `It is ${rate(this.current())} now.`
            : "This needs the token: open the address that the server printed when it started."));
    }

    question() {
        const to = Number(this.input.value.trim().replace(",", "."));
        if (!(to > 0) || !Number.isFinite(to)) {
            this.explain("Give a number above 0, such as 0.005.");
            this.input.focus();
            return;
        }
        this.to = to;
        const [from, next] = [rate(this.current()), rate(to)];
        say(byId("confirm-text"), `From ${from} to ${next}.`);
        say(byId("confirm-no"), `Keep ${from}`);
        say(byId("confirm-yes"), `Change to ${next}`);
        this.dialog.returnValue = "";
        this.dialog.showModal();
    }

    async decided() {
        this.input.focus();
        if (this.dialog.returnValue !== "yes") {
            return;
        }
        this.answer.replaceChildren(message("", "Asking …"));
        try {
            const { requested } = await post(address("/api/run/rate", { run: this.id }), { rate: this.to });
            this.answer.replaceChildren(message("", `Asked for a learning rate of ${rate(requested)}`));
            this.input.value = "";
        } catch (refusal) {
            this.answer.replaceChildren(refused(refusal));
        }
    }

    /** The run has taken a change. */
    changed(event) {
        if (this.answer.childElementCount > 0) {
            this.answer.replaceChildren(message(
                "good", `The learning rate went from ${rate(Number(event.from))} to ${rate(Number(event.to))}.`));
        }
        this.explain("");
    }
}
