import { errorInfo, type RunEventBody } from "../core/event.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { ResourceDefinition } from "../define/resource.ts";
import type { StepLog } from "../define/step.ts";
import type { RunCode } from "./run-code.ts";
import { resolveConfig } from "./run-config.ts";

export interface ResourceSetting {
  readonly plan: Pick<RunPlan, "resources" | "resourceBindings" | "resourceConfig">;
  readonly code: Pick<RunCode, "resource">;
  /** Values for `{"env": NAME}` of its config. */
  readonly variables: { readonly [name: string]: string | undefined };
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
  /** Whether it, or one that it uses, holds what its pools give out: then it is open only while a step uses it. */
  readonly isPooled: boolean;
}

/**
 * Resources of one run: each is set up when it is first needed and shared by all steps. One with pools is closed
 * whenever no step uses it, because others wait for what it holds.
 */
export class RunResources {
  readonly #setting: ResourceSetting;
  readonly #opening = new Map<string, Promise<Opened>>();
  readonly #opened: Opened[] = [];
  /** Steps that have asked for it and not given it back. */
  readonly #users = new Map<string, number>();

  constructor(setting: ResourceSetting) {
    this.#setting = setting;
  }

  /**
   * The instances by the key that was asked for, which the run may bind to another resource; to be given back with
   * `release`, also when it rejects because one cannot be set up.
   */
  async open(asked: readonly string[]): Promise<{ readonly [key: string]: unknown }> {
    const keys = asked.map((key) => this.#bound(key));
    for (const key of keys) this.#users.set(key, (this.#users.get(key) ?? 0) + 1);
    const opened = await Promise.all(keys.map((key) => this.#open(key, [])));
    return Object.fromEntries(asked.map((key, index) => [key, opened[index]?.value]));
  }

  #bound(key: string): string {
    return this.#setting.plan.resourceBindings?.[key] ?? key;
  }

  /** Closes those with pools that nobody uses any more. Never rejects. */
  async release(asked: readonly string[]): Promise<void> {
    if (asked.length === 0) return;
    const keys = asked.map((key) => this.#bound(key));
    for (const key of keys) this.#users.set(key, (this.#users.get(key) as number) - 1);
    await Promise.allSettled(keys.map((key) => this.#opening.get(key)));
    const inUse = this.#inUse();
    for (const opened of this.#opened.toReversed()) {
      if (!opened.isPooled || inUse.has(opened.key)) continue;
      this.#opened.splice(this.#opened.indexOf(opened), 1);
      this.#opening.delete(opened.key);
      await this.#closeOne(opened);
    }
  }

  /** What steps have asked for, and what that uses. */
  #inUse(): ReadonlySet<string> {
    const inUse = new Set([...this.#users].filter(([, users]) => users > 0).map(([key]) => key));
    for (const { key, definition } of this.#opened.toReversed()) {
      if (inUse.has(key)) for (const used of definition.spec.uses ?? []) inUse.add(used);
    }
    return inUse;
  }

  /** Closes in the reverse order of set-up, each also when another fails. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#opening.values());
    for (const opened of this.#opened.splice(0).toReversed()) await this.#closeOne(opened);
  }

  async #closeOne({ key, definition, value }: Opened): Promise<void> {
    const { emit, now } = this.#setting;
    const startedAt = now();
    try {
      await definition.close?.(value);
      emit({ type: "resource.stopped", resource: key, durationMs: now() - startedAt });
    } catch (error) {
      emit({ type: "resource.failed", resource: key, error: errorInfo(error) });
    }
  }

  #open(key: string, users: readonly string[]): Promise<Opened> {
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

  async #create(key: string, users: readonly string[]): Promise<Opened> {
    const { plan, code, projectRoot, dataFolder, variables, emit, log, now } = this.#setting;
    const startedAt = now();
    try {
      const component = plan.resources[key];
      const definition = component && (await code.resource(component, key));
      if (definition === undefined) throw new Error(`no component defines the resource \`${key}\``);
      const uses = definition.spec.uses ?? [];
      const used = await Promise.all(uses.map((one) => this.#open(one, [...users, key])));
      const resources = Object.fromEntries(uses.map((one, index) => [one, used[index]?.value]));
      const config = await resolveConfig(plan.resourceConfig?.[key] ?? {}, {
        schema: definition.spec.configSchema,
        variables,
        what: `the config of the resource \`${key}\``,
      });
      const value = await definition.create({ projectRoot, dataFolder, log, config, resources });
      const isPooled = (definition.spec.pools ?? []).length > 0 || used.some((one) => one.isPooled);
      const opened: Opened = { key, definition, value, isPooled };
      this.#opened.push(opened);
      emit({ type: "resource.started", resource: key, durationMs: now() - startedAt });
      return opened;
    } catch (error) {
      emit({ type: "resource.failed", resource: key, error: errorInfo(error) });
      throw error;
    }
  }
}
