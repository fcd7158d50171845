import { errorInfo, type RunEventBody } from "../core/event.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { ResourceDefinition } from "../define/resource.ts";
import type { StepLog } from "../define/step.ts";
import type { RunCode } from "./run-code.ts";

export interface ResourceSetting {
  readonly plan: Pick<RunPlan, "resources">;
  readonly code: RunCode;
  readonly projectRoot: string;
  readonly dataFolder: string;
  emit(body: RunEventBody): void;
  log: StepLog;
  now(): number;
}

interface Opened {
  readonly key: string;
  readonly definition: ResourceDefinition;
  readonly value: unknown;
}

/** Resources of one run: each is set up when it is first needed and shared by all steps. */
export class RunResources {
  readonly #setting: ResourceSetting;
  readonly #opening = new Map<string, Promise<unknown>>();
  readonly #opened: Opened[] = [];

  constructor(setting: ResourceSetting) {
    this.#setting = setting;
  }

  /** The instances by key; rejects when one cannot be set up. */
  async open(keys: readonly string[]): Promise<{ readonly [key: string]: unknown }> {
    const values = await Promise.all(keys.map((key) => this.#open(key, [])));
    return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
  }

  /** Closes in the reverse order of set-up, each also when another fails. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#opening.values());
    for (const { key, definition, value } of this.#opened.splice(0).toReversed()) {
      const startedAt = this.#setting.now();
      try {
        await definition.close?.(value);
        this.#setting.emit({
          type: "resource.stopped",
          resource: key,
          durationMs: this.#setting.now() - startedAt,
        });
      } catch (error) {
        this.#setting.emit({ type: "resource.failed", resource: key, error: errorInfo(error) });
      }
    }
  }

  #open(key: string, users: readonly string[]): Promise<unknown> {
    if (users.includes(key)) {
      return Promise.reject(new Error(`resources use each other: ${[...users, key].join(" → ")}`));
    }
    let opening = this.#opening.get(key);
    if (opening === undefined) {
      opening = this.#create(key, users);
      this.#opening.set(key, opening);
      // A later step, or the same one tried again, may find the outside system back.
      opening.catch(() => this.#opening.delete(key));
    }
    return opening;
  }

  async #create(key: string, users: readonly string[]): Promise<unknown> {
    const { plan, code, projectRoot, dataFolder, emit, log, now } = this.#setting;
    const startedAt = now();
    try {
      const component = plan.resources[key];
      const definition = component && (await code.resource(component, key));
      if (definition === undefined) throw new Error(`no component defines the resource \`${key}\``);
      const uses = definition.spec.uses ?? [];
      const used = await Promise.all(uses.map((one) => this.#open(one, [...users, key])));
      const resources = Object.fromEntries(uses.map((one, index) => [one, used[index]]));
      const value = await definition.create({ projectRoot, dataFolder, log, resources });
      this.#opened.push({ key, definition, value });
      emit({ type: "resource.started", resource: key, durationMs: now() - startedAt });
      return value;
    } catch (error) {
      emit({ type: "resource.failed", resource: key, error: errorInfo(error) });
      throw error;
    }
  }
}
