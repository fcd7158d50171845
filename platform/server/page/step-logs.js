import { readLog } from "./api.js";
import { element } from "./elements.js";

const keptCharacters = 400_000;

/**
 * What the chosen step writes, followed while it runs.
 * @param {string} run
 */
export function stepLogs(run) {
  const node = element("section.logs", { hidden: true });
  /** @type {{ step: string, streams: { name: string, pre: HTMLElement, offset: number }[] } | undefined} */
  let chosen;
  let reading = Promise.resolve();

  const follow = () => {
    // One after the other: two reads from the same offset would show the same lines twice.
    reading = reading.then(async () => {
      for (const stream of chosen?.streams ?? []) await readOn(stream, chosen?.step ?? "");
    });
    return reading;
  };

  /**
   * @param {{ name: string, pre: HTMLElement, offset: number }} stream
   * @param {string} step
   */
  const readOn = async (stream, step) => {
    for (let end = false; !end; ) {
      const slice = await readLog(run, step, stream.name, stream.offset);
      stream.offset = slice.next;
      end = slice.end;
      if (slice.text === "") continue;
      const isAtEnd = stream.pre.scrollTop + stream.pre.clientHeight >= stream.pre.scrollHeight - 8;
      stream.pre.textContent = `${stream.pre.textContent ?? ""}${slice.text}`.slice(-keptCharacters);
      /** @type {HTMLElement} */ (stream.pre.parentElement).hidden = false;
      if (isAtEnd) stream.pre.scrollTop = stream.pre.scrollHeight;
    }
  };

  return {
    node,
    /** @param {string} step */
    open(step) {
      const streams = ["stdout", "stderr"].map((name) => ({
        name,
        offset: 0,
        pre: element("pre", { tabindex: 0, "aria-label": `${name} of ${step}` }),
      }));
      chosen = { step, streams };
      node.hidden = false;
      node.replaceChildren(
        element("h2", {}, `Output of ${step}`),
        ...streams.map(({ name, pre }) => element("div", { hidden: true }, element("h3", {}, name), pre)),
      );
      void follow();
    },
    /** @param {readonly any[]} steps */
    async update(steps) {
      const failed = steps.find(({ status }) => status === "failure");
      if (chosen === undefined && failed !== undefined) this.open(failed.key);
      await follow();
    },
  };
}
