import type { CheckKey } from "../core/asset-key.ts";
import { builtInIoManagers } from "../core/built-in-io.ts";
import { type AutomationCondition, conditionChildren } from "../core/condition.ts";
import { isDuckDbPool } from "../core/duckdb-pool.ts";
import type { LoadedComponent, LoadedProject } from "../core/loaded-project.ts";
import type { ProblemCode } from "../core/problem.ts";
import { startOf } from "../core/span.ts";
import type { StepSpec } from "../core/step.ts";
import { didYouMean } from "../core/suggest.ts";
import type { CollectedCheck, CollectedDefinitions } from "./collected.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { type Placed, placeOf } from "./place.ts";
import { conditionFaults } from "./validate-assets.ts";

interface Judged {
  readonly checks: ReadonlyMap<CheckKey, CollectedCheck>;
  readonly project: LoadedProject;
  readonly problems: MergeProblems;
}

interface Kind {
  readonly code: ProblemCode;
  readonly word: string;
  readonly known: readonly string[];
}

interface Place {
  readonly placed: Placed;
  readonly component: LoadedComponent;
  readonly field: string;
  readonly severity?: "error" | "warning";
}

/** Tells of resources, pools, hooks, steps and IO managers that are named and not defined. */
export function validateNames(collected: CollectedDefinitions, { checks, project, problems }: Judged): void {
  const asker = new NameAsker(collected, problems);
  for (const { spec, component } of collected.assets.values()) {
    asker.askResources(spec.resources, { placed: spec, component, field: "resources" });
    asker.askPool(spec.pool, { placed: spec, component, field: "pool" });
    asker.askIo(spec.io, { placed: spec, component, field: "io" });
    asker.askCondition(spec.automationCondition, { placed: spec, component, field: "automationCondition" });
  }
  for (const { spec, component } of checks.values()) {
    asker.askResources(spec.resources, { placed: spec, component, field: "resources" });
    asker.askCondition(spec.automationCondition, { placed: spec, component, field: "automationCondition" });
    const faults = spec.automationCondition === undefined ? [] : conditionFaults(spec.automationCondition);
    for (const fault of faults) {
      problems.report({ ...fault, span: placeOf(spec, component, "automationCondition") }, component);
    }
  }
  askOfSteps(collected, asker);
  askOfResources(collected, asker);
  askOfJobs(collected, asker);
  if (asker.ioManagers.known.includes(project.io)) return;
  problems.report({
    code: "unknown-io-manager",
    message: `the project's \`io\` names the IO manager \`${project.io}\`, which is not defined`,
    hint: hintFor(project.io, asker.ioManagers),
    span: startOf("package.json"),
  });
}

function askOfSteps(collected: CollectedDefinitions, asker: NameAsker): void {
  for (const { spec, component } of collected.steps.values()) {
    if (!namesSomething(spec)) continue;
    const placed = placedOfStep(spec, component);
    asker.askResources(spec.resources, { placed, component, field: "resources" });
    asker.askHooks(spec.hooks, { placed, component, field: "hooks" });
    for (const pool of [spec.pool, ...(spec.pools ?? [])]) {
      asker.askPool(pool, { placed, component, field: "pool" });
    }
  }
}

function askOfResources(collected: CollectedDefinitions, asker: NameAsker): void {
  for (const { spec, component } of collected.resources.values()) {
    for (const pool of spec.pools ?? []) asker.askPool(pool, { placed: spec, component, field: "pools" });
    asker.askResources(spec.uses, { placed: spec, component, field: "uses" });
  }
  for (const { spec, component } of collected.sensors.values()) {
    asker.askResources(spec.resources, { placed: spec, component, field: "resources" });
  }
  for (const { spec, component } of collected.conditions.values()) {
    asker.askResources(spec.resources, { placed: spec, component, field: "resources" });
  }
  for (const { spec, component } of collected.hooks.values()) {
    asker.askResources(spec.resources, { placed: spec, component, field: "resources" });
  }
}

function askOfJobs(collected: CollectedDefinitions, asker: NameAsker): void {
  for (const { spec, component } of collected.jobs.values()) {
    const bound = Object.entries(spec.resources ?? {}).flat();
    asker.askResources(bound, { placed: spec, component, field: "resources" });
    asker.askHooks(spec.hooks, { placed: spec, component, field: "hooks" });
    const config = { placed: spec, component, field: "config" };
    asker.askSteps(spec.steps ?? [], { placed: spec, component, field: "steps" });
    // The step may be that of a component which waits for something or is quarantined: the job runs all the same.
    asker.askSteps(Object.keys(spec.config?.steps ?? {}), { ...config, severity: "warning" });
    asker.askResources(Object.keys(spec.config?.resources ?? {}), config);
  }
}

/** Of ten thousand steps few name anything; only for these it is worth to look for a place. */
function namesSomething({ resources, hooks, pool, pools }: StepSpec): boolean {
  return resources.length > 0 || hooks !== undefined || pool !== undefined || pools !== undefined;
}

/** Steps have no place of their own: their first asset has, or that of their graph, or the job that runs them. */
function placedOfStep(step: StepSpec, { specs }: LoadedComponent): Placed {
  const [key = step.graph] = step.assets;
  const asset = specs.assets.find((one) => one.key === key);
  return asset ?? specs.jobs.find(({ steps = [] }) => steps.includes(step.name)) ?? {};
}

class NameAsker {
  readonly #resources: Kind;
  readonly #pools: Kind;
  readonly #hooks: Kind;
  readonly #conditions: Kind;
  readonly #steps: Kind;
  readonly ioManagers: Kind;
  readonly #problems: MergeProblems;
  readonly #told = new Set<string>();
  /** Conditions without such parts; assets share them. */
  readonly #plain = new WeakSet<AutomationCondition>();

  constructor(
    { resources, pools, ioManagers, hooks, steps, conditions }: CollectedDefinitions,
    problems: MergeProblems,
  ) {
    this.#resources = { code: "unknown-resource", word: "resource", known: [...resources.keys()] };
    this.#pools = { code: "unknown-pool", word: "pool", known: [...pools.keys()] };
    this.#conditions = {
      code: "unknown-condition",
      word: "custom condition",
      known: [...conditions.keys()],
    };
    this.#hooks = { code: "unknown-hook", word: "hook", known: [...hooks.keys()] };
    this.#steps = { code: "unknown-step", word: "step", known: [...steps.keys()] };
    const known = [...builtInIoManagers, ...ioManagers.keys()];
    this.ioManagers = { code: "unknown-io-manager", word: "IO manager", known };
    this.#problems = problems;
  }

  askResources(names: readonly string[] | undefined, place: Place): void {
    for (const name of names ?? []) this.#ask(name, this.#resources, place);
  }

  askHooks(names: readonly string[] | undefined, place: Place): void {
    for (const name of names ?? []) this.#ask(name, this.#hooks, place);
  }

  /** The names of its parts that user code answers. */
  askCondition(condition: AutomationCondition | undefined, place: Place): void {
    if (condition === undefined || this.#plain.has(condition)) return;
    const names = customNames(condition);
    if (names.length === 0) this.#plain.add(condition);
    for (const name of names) this.#ask(name, this.#conditions, place);
  }

  askSteps(names: readonly string[], place: Place): void {
    for (const name of names) this.#ask(name, this.#steps, place);
  }

  askPool(name: string | undefined, place: Place): void {
    // The pool of a file needs no declaration: its limit is 1.
    if (name !== undefined && !isDuckDbPool(name)) this.#ask(name, this.#pools, place);
  }

  askIo(name: string | undefined, place: Place): void {
    if (name !== undefined) this.#ask(name, this.ioManagers, place);
  }

  #ask(name: string, kind: Kind, { placed, component, field, severity = "error" }: Place): void {
    if (kind.known.includes(name)) return;
    const span = placeOf(placed, component, field);
    // A step and its assets name the same resource: one place, one problem.
    const place = `${kind.code} ${name} ${span.file}:${span.start.line}`;
    if (this.#told.has(place)) return;
    this.#told.add(place);
    const message = `there is no ${kind.word} \`${name}\``;
    this.#problems.report({ code: kind.code, severity, message, hint: hintFor(name, kind), span }, component);
  }
}

function customNames(condition: AutomationCondition): string[] {
  if (condition.type === "custom") return [condition.name];
  return conditionChildren(condition).flatMap(customNames);
}

function hintFor(name: string, { word, known }: Kind): string {
  if (known.length === 0) return `no ${word} is defined`;
  return didYouMean(name, known) ?? `defined are ${known.slice(0, 12).join(", ")}`;
}
