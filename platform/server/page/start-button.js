import { element } from "./elements.js";

/**
 * A button that starts a run and goes to its page; what refuses it stands beside.
 * @param {string} text
 * @param {() => Promise<{ run: { id: string } }>} start
 */
export function startButton(text, start) {
  const refusal = element("span.refusal", { role: "alert" });
  const button = /** @type {HTMLButtonElement} */ (
    element(
      "button",
      {
        type: "button",
        async onclick() {
          button.disabled = true;
          try {
            const { run } = await start();
            location.hash = `#/runs/${encodeURIComponent(run.id)}`;
          } catch (error) {
            refusal.textContent = error instanceof Error ? error.message : String(error);
          }
          button.disabled = false;
        },
      },
      text,
    )
  );
  return element("span", {}, button, " ", refusal, " ");
}
