import { ApiError, startRun } from "./api.js";
import { element, problemList } from "./elements.js";

/**
 * Asks for a run and goes to its page; what is refused is told below.
 * @param {{ selection: string, askSelection?: boolean, partitioned: boolean }} options
 */
export function materializeForm({ selection, askSelection = false, partitioned }) {
  const chosen = input({ name: "selection", value: selection, size: 28, required: true });
  const partition = input({ name: "partition", size: 24, placeholder: "latest" });
  const refusal = element("div.refusal", { role: "alert" });
  const button = element("button", { type: "submit" }, "Materialize");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    button.setAttribute("disabled", "");
    refusal.replaceChildren();
    try {
      const target = { selection: askSelection ? chosen.value : selection };
      const id = await startRun(target, { partition: partition.value.trim(), skipUnready: askSelection });
      location.hash = `#/runs/${id}`;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusal.replaceChildren(element("p", {}, error.message), problemList(error.problems));
    } finally {
      button.removeAttribute("disabled");
    }
  };
  return element(
    "form.materialize",
    { onsubmit: submit },
    askSelection ? element("label", {}, "Selection ", chosen) : null,
    partitioned ? element("label", {}, "Partition ", partition) : null,
    button,
    refusal,
  );
}

/** @param {Record<string, unknown>} attributes */
function input(attributes) {
  return /** @type {HTMLInputElement} */ (
    element("input", { autocomplete: "off", spellcheck: "false", ...attributes })
  );
}
