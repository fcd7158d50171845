import type { BuiltStatus, DbtLogEvent } from "./dbt-log.ts";

/**
 * What became of a call of dbt, by its log alone. `failed`: it ran, and a node, test or source did not come out well.
 * `refused`: it could not do as asked (usage, parsing, connection) or was interrupted. `cut_off`: it was killed.
 */
export type DbtVerdict = "succeeded" | "failed" | "refused" | "cut_off";

/** Messages of which one comes once all nodes are done; `completed` is told at level `debug` only. */
const endings = [
  "FinishedRunningStats",
  "StatsLine",
  "EndOfRunSummary",
  "NothingToDo",
  "FreshnessCheckComplete",
];

/** All that a log of dbt says, gathered line by line. */
export class DbtLogSummary {
  readonly built = new Map<string, BuiltStatus>();
  readonly tests = new Map<string, DbtLogEvent & { readonly type: "tested" }>();
  readonly freshness = new Map<string, string>();
  readonly started = new Set<string>();
  /** By node, in order; a microbatch model has one for each batch before its own. */
  readonly finished = new Map<string, string[]>();
  readonly cancelled: string[] = [];
  readonly listed: string[] = [];
  /** Names of the messages that dbt gave on the whole run, in order. */
  readonly messages: string[] = [];
  /** The last error that is about no node. */
  lastError = "";
  isInterrupted = false;
  #isRefused = false;
  #isStarted = false;
  /** As dbt says at its end. */
  #success: boolean | undefined;

  read(event: DbtLogEvent): void {
    if (event.type !== "message" || event.name !== undefined) this.#isStarted = true;
    switch (event.type) {
      case "built":
        this.built.set(event.uniqueId, event.status);
        break;
      case "tested":
        this.tests.set(event.uniqueId, event);
        break;
      case "freshness":
        this.freshness.set(event.uniqueId, event.status);
        break;
      case "started":
        this.started.add(event.uniqueId);
        break;
      case "finished":
        this.finished.set(event.uniqueId, [...(this.finished.get(event.uniqueId) ?? []), event.status]);
        break;
      case "cancelled":
        this.cancelled.push(event.uniqueId);
        break;
      case "listed":
        this.listed.push(event.uniqueId);
        break;
      case "completed":
        this.#success = event.success;
        break;
      case "message":
        this.#readMessage(event);
    }
  }

  get verdict(): DbtVerdict {
    if (this.#isRefused || !this.#isStarted) return "refused";
    const isEnded = this.#success !== undefined || endings.some((name) => this.messages.includes(name));
    if (!isEnded && this.started.size + this.built.size + this.tests.size > 0) return "cut_off";
    return this.#success === false || this.#hasFailures ? "failed" : "succeeded";
  }

  /** Nodes that came out so, of those that dbt builds. */
  builtAs(status: BuiltStatus): string[] {
    return [...this.built].filter(([, found]) => found === status).map(([id]) => id);
  }

  get #hasFailures(): boolean {
    const faults = ["error", "fail", "partial success", "runtime error"];
    const tests = [...this.tests.values()].map(({ status }) => status);
    return [...this.built.values(), ...tests, ...this.freshness.values()].some((status) =>
      faults.includes(status),
    );
  }

  #readMessage({ name, level, message, isInterrupt }: DbtLogEvent & { readonly type: "message" }): void {
    if (name !== undefined) this.messages.push(name);
    if (level === "error" && message.trim() !== "") this.lastError = message;
    if (isInterrupt) this.isInterrupted = true;
    if (name === "MainEncounteredError") this.#isRefused = true;
  }
}
