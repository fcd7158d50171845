import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { Json } from "../core/metadata.ts";
import type { RunConfig } from "../core/run.ts";
import { didYouMean } from "../core/suggest.ts";
import { type ChosenTargets, chooseSteps } from "./choose-steps.ts";
import { fieldNames, hasField, valueOfText } from "./config-schema.ts";
import { indexDefinitions } from "./definitions-index.ts";
import { PlanError } from "./plan-error.ts";

/** A step or resource that a setting may be about. */
interface Part {
  readonly kind: "steps" | "resources";
  readonly name: string;
  readonly schema: Json | undefined;
}

/**
 * Config of single values by path: `steps.NAME.field`, `resources.KEY.field`, or a field alone, which goes to every
 * chosen step whose schema has it. Fields of fields are joined by dots. Texts are read as JSON where the schema wants
 * no text. Throws PlanError: `invalid-config` says which paths there are.
 */
export function configFromSettings(
  { definitions }: Pick<DefinitionsSnapshot, "definitions">,
  chosen: ChosenTargets,
  settings: { readonly [path: string]: Json },
): RunConfig {
  const index = indexDefinitions(definitions);
  const steps = chooseSteps(index, chosen).map(
    ({ spec }): Part => ({ kind: "steps", name: spec.name, schema: spec.configSchema }),
  );
  const resources = definitions.resources.map(
    ({ key, configSchema }): Part => ({ kind: "resources", name: key, schema: configSchema }),
  );
  const config: { [kind in Part["kind"]]: { [name: string]: { [field: string]: Json } } } = {
    steps: {},
    resources: {},
  };
  for (const [path, value] of Object.entries(settings)) {
    for (const { part, field } of targetsOf(path, { steps, resources })) {
      const ofPart = config[part.kind][part.name] ?? {};
      config[part.kind][part.name] = ofPart;
      const settled = typeof value === "string" ? valueOfText(part.schema, field, value) : value;
      put(ofPart, field, settled);
    }
  }
  return {
    ...(Object.keys(config.steps).length === 0 ? {} : { steps: config.steps }),
    ...(Object.keys(config.resources).length === 0 ? {} : { resources: config.resources }),
  };
}

interface SettingTarget {
  readonly part: Part;
  readonly field: readonly string[];
}

function targetsOf(
  path: string,
  { steps, resources }: { readonly steps: readonly Part[]; readonly resources: readonly Part[] },
): SettingTarget[] {
  const named = [...steps, ...resources]
    .filter(({ kind, name }) => path.startsWith(`${kind}.${name}.`))
    // A name may begin with another name and a dot.
    .toSorted((a, b) => b.name.length - a.name.length)[0];
  if (named !== undefined) {
    const field = path.slice(`${named.kind}.${named.name}.`.length).split(".");
    return [{ part: named, field: checkedField(path, field) }];
  }
  const field = checkedField(path, path.split("."));
  const [first = ""] = field;
  const having = steps.filter(({ schema }) => hasField(schema, first));
  if (having.length > 0) return having.map((part) => ({ part, field }));
  throw unknownPath(path, [...steps, ...resources]);
}

/** Names that mean something to JavaScript itself are no fields. */
function checkedField(path: string, field: readonly string[]): readonly string[] {
  const isUsable = field.every(
    (name) => name !== "" && !["__proto__", "constructor", "prototype"].includes(name),
  );
  if (isUsable) return field;
  throw new PlanError("invalid-config", `\`${path}\` is no path of a config`);
}

function unknownPath(path: string, parts: readonly Part[]): PlanError {
  const paths = parts.flatMap(({ kind, name, schema }) =>
    fieldNames(schema).map((field) => `${kind}.${name}.${field}`),
  );
  const fields = parts.flatMap(({ kind, schema }) => (kind === "steps" ? fieldNames(schema) : []));
  const hint = didYouMean(path, new Set([...fields, ...paths]));
  const shown = paths.slice(0, 10).map((one) => `\`${one}\``);
  const rest = paths.length > shown.length ? `, and ${paths.length - shown.length} more` : "";
  const listed =
    paths.length === 0
      ? "nothing that was chosen says which config it takes"
      : `there are ${shown.join(", ")}${rest}`;
  return new PlanError(
    "invalid-config",
    `no chosen step has the config \`${path}\`: ${hint === undefined ? "" : `${hint} `}${listed}`,
  );
}

function put(target: { [field: string]: Json }, [first = "", ...rest]: readonly string[], value: Json): void {
  const [next] = rest;
  if (next === undefined) {
    target[first] = value;
    return;
  }
  const inner = target[first];
  const isMapping = typeof inner === "object" && inner !== null && !Array.isArray(inner);
  const copy: { [field: string]: Json } = isMapping ? { ...(inner as { [field: string]: Json }) } : {};
  target[first] = copy;
  put(copy, rest, value);
}
