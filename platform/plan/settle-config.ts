import type { Json } from "../core/metadata.ts";
import type { RunConfig } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { didYouMean } from "../core/suggest.ts";
import { configProblems } from "./config-problems.ts";
import { withDefaults } from "./config-schema.ts";
import type { DefinitionsIndex } from "./definitions-index.ts";
import { PlanError } from "./plan-error.ts";

type Values = { readonly [name: string]: Json };

/** What a run sets, as it reaches its steps and resources. */
export interface SettledConfig {
  /** Of a chosen step, by its name. */
  ofStep(name: string): Values;
  /** Of those of these resources that have any. */
  ofResources(keys: Iterable<string>): RunPlan["resourceConfig"];
}

/**
 * Joins configs (of equal fields the later one wins) with the defaults of the schemas. Throws PlanError
 * `invalid-config` for names that nobody defines, and with the path for a value that its schema refuses. `{"env":
 * NAME}` stays as it is. What is set for a step that was not chosen has no effect.
 */
export function settleConfig(
  index: DefinitionsIndex,
  configs: readonly (RunConfig | undefined)[],
  chosen: ReadonlySet<string>,
): SettledConfig {
  const steps = joined(configs.map((config) => config?.steps));
  const resources = joined(configs.map((config) => config?.resources));
  const specs = new Map(index.definitions.resources.map((resource) => [resource.key, resource]));
  refuseUnknown("step", steps, index.steps);
  refuseUnknown("resource", resources, specs);
  for (const [key, values] of resources) {
    if (specs.get(key)?.configSchema !== undefined || Object.keys(values).length === 0) continue;
    throw new PlanError("invalid-config", `\`resources.${key}\`: the resource takes no config`);
  }
  const settled = new Map<string, Values>();
  for (const name of chosen) {
    const schema = index.steps.get(name)?.configSchema;
    const given = steps.get(name);
    if (schema === undefined && given === undefined) continue;
    settled.set(name, checked(`steps.${name}`, schema, given ?? {}));
  }
  return {
    ofStep: (name) => settled.get(name) ?? {},
    ofResources(keys) {
      const used = [...keys].toSorted().flatMap((key) => {
        const schema = specs.get(key)?.configSchema;
        return schema === undefined
          ? []
          : [[key, checked(`resources.${key}`, schema, resources.get(key) ?? {})]];
      });
      return used.length === 0 ? undefined : (Object.fromEntries(used) as RunPlan["resourceConfig"]);
    },
  };
}

function joined(
  parts: readonly ({ readonly [name: string]: Values } | undefined)[],
): ReadonlyMap<string, Values> {
  const all = new Map<string, Values>();
  for (const part of parts) {
    for (const [name, values] of Object.entries(part ?? {})) all.set(name, { ...all.get(name), ...values });
  }
  return all;
}

function refuseUnknown(
  kind: "step" | "resource",
  given: ReadonlyMap<string, Values>,
  known: ReadonlyMap<string, unknown>,
): void {
  for (const name of given.keys()) {
    if (known.has(name)) continue;
    const hint = didYouMean(name, known.keys());
    throw new PlanError(
      "invalid-config",
      `\`${kind}s.${name}\`: there is no such ${kind}${hint === undefined ? "" : `; ${hint}`}`,
    );
  }
}

function checked(path: string, schema: Json | undefined, given: Values): Values {
  const values = withDefaults(schema, given) as Values;
  const problems = configProblems(schema, values);
  if (problems.length === 0) return values;
  const lines = problems.map((problem) => {
    const place = problem.path === "" ? path : `${path}.${problem.path}`;
    return `\`${place}\` ${problem.message}`;
  });
  throw new PlanError("invalid-config", [...new Set(lines)].join("\n"));
}
