import type { CheckKey } from "../core/asset-key.ts";
import { builtInIoManagers } from "../core/built-in-io.ts";
import { isDuckDbPool } from "../core/duckdb-pool.ts";
import type { LoadedComponent, LoadedProject } from "../core/loaded-project.ts";
import type { ProblemCode } from "../core/problem.ts";
import { startOf } from "../core/span.ts";
import type { StepSpec } from "../core/step.ts";
import { didYouMean } from "../core/suggest.ts";
import type { CollectedCheck, CollectedDefinitions } from "./collect-definitions.ts";
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
}

/** Tells of resources, pools and IO managers that are named and not defined. */
export function validateNames(collected: CollectedDefinitions, { checks, project, problems }: Judged): void {
  const asker = new NameAsker(collected, problems);
  for (const { spec, component } of collected.assets.values()) {
    asker.askResources(spec.resources, { placed: spec, component, field: "resources" });
    asker.askPool(spec.pool, { placed: spec, component, field: "pool" });
    asker.askIo(spec.io, { placed: spec, component, field: "io" });
  }
  for (const { spec, component } of checks.values()) {
    asker.askResources(spec.resources, { placed: spec, component, field: "resources" });
    const faults = spec.automationCondition === undefined ? [] : conditionFaults(spec.automationCondition);
    for (const fault of faults) {
      problems.report({ ...fault, span: placeOf(spec, component, "automationCondition") }, component);
    }
  }
  for (const { spec, component } of collected.steps.values()) {
    const placed = assetOfStep(spec, component) ?? {};
    asker.askResources(spec.resources, { placed, component, field: "resources" });
    for (const pool of [spec.pool, ...(spec.pools ?? [])]) {
      asker.askPool(pool, { placed, component, field: "pool" });
    }
  }
  for (const { spec, component } of collected.resources.values()) {
    for (const pool of spec.pools ?? []) asker.askPool(pool, { placed: spec, component, field: "pools" });
    asker.askResources(spec.uses, { placed: spec, component, field: "uses" });
  }
  for (const { spec, component } of [...collected.sensors.values(), ...collected.jobs.values()]) {
    asker.askResources(spec.resources, { placed: spec, component, field: "resources" });
  }
  if (asker.ioManagers.known.includes(project.io)) return;
  problems.report({
    code: "unknown-io-manager",
    message: `the project's \`io\` names the IO manager \`${project.io}\`, which is not defined`,
    hint: hintFor(project.io, asker.ioManagers),
    span: startOf("package.json"),
  });
}

/** Steps have no place of their own: their first asset has. */
function assetOfStep(step: StepSpec, { specs }: LoadedComponent): Placed | undefined {
  return specs.assets.find(({ key }) => key === step.assets[0]);
}

class NameAsker {
  readonly #resources: Kind;
  readonly #pools: Kind;
  readonly ioManagers: Kind;
  readonly #problems: MergeProblems;
  readonly #told = new Set<string>();

  constructor({ resources, pools, ioManagers }: CollectedDefinitions, problems: MergeProblems) {
    this.#resources = { code: "unknown-resource", word: "resource", known: [...resources.keys()] };
    this.#pools = { code: "unknown-pool", word: "pool", known: [...pools.keys()] };
    const known = [...builtInIoManagers, ...ioManagers.keys()];
    this.ioManagers = { code: "unknown-io-manager", word: "IO manager", known };
    this.#problems = problems;
  }

  askResources(names: readonly string[] | undefined, place: Place): void {
    for (const name of names ?? []) this.#ask(name, this.#resources, place);
  }

  askPool(name: string | undefined, place: Place): void {
    // The pool of a file needs no declaration: its limit is 1.
    if (name !== undefined && !isDuckDbPool(name)) this.#ask(name, this.#pools, place);
  }

  askIo(name: string | undefined, place: Place): void {
    if (name !== undefined) this.#ask(name, this.ioManagers, place);
  }

  #ask(name: string, kind: Kind, { placed, component, field }: Place): void {
    if (kind.known.includes(name)) return;
    const span = placeOf(placed, component, field);
    // A step and its assets name the same resource: one place, one problem.
    const place = `${kind.code} ${name} ${span.file}:${span.start.line}`;
    if (this.#told.has(place)) return;
    this.#told.add(place);
    const message = `there is no ${kind.word} \`${name}\``;
    this.#problems.report({ code: kind.code, message, hint: hintFor(name, kind), span }, component);
  }
}

function hintFor(name: string, { word, known }: Kind): string {
  if (known.length === 0) return `no ${word} is defined`;
  return didYouMean(name, known) ?? `defined are ${known.slice(0, 12).join(", ")}`;
}
