import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { VariableUse } from "../../platform/component/document-records.ts";
import { loadProject } from "../../platform/component/load-project.ts";
import { assetKeyParts } from "../../platform/core/asset-key.ts";
import type { Asset, DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { Problem } from "../../platform/core/problem.ts";
import { type ComponentClass, isComponentClass } from "../../platform/define/component.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";
import type { CaseResult } from "./conformance.ts";
import { expectedForm } from "./expected-form.ts";
import * as fixture from "./fixture-components.ts";
import { codesOfKind, knownErrorKeys, knownExpectKeys, knownStages } from "./words.ts";

interface ExpectedError {
  readonly kind: string;
  readonly file?: string;
  readonly line?: number;
  readonly path?: string;
  readonly message_contains?: readonly string[];
}

interface Outcome {
  readonly status: "ok" | "error";
  readonly stage?: string;
  readonly errors?: readonly ExpectedError[];
  readonly assets?: readonly { readonly [field: string]: unknown }[];
  readonly asset_checks?: readonly { readonly [field: string]: unknown }[];
  readonly resolved?: unknown;
  readonly resolved_component?: { readonly [attribute: string]: string };
  readonly cli?: readonly string[];
}

interface ComponentCase {
  readonly id: string;
  readonly yaml: string;
  readonly files?: { readonly [path: string]: string };
  readonly env?: { readonly [name: string]: string };
  readonly expect: Outcome | { readonly dagster: Outcome; readonly recommended: Outcome | string };
}

interface Loaded {
  readonly problems: readonly Problem[];
  /** Variables without a value for which a component waits: no problem here, but an error in the field. */
  readonly missing: readonly Problem[];
  readonly snapshot: DefinitionsSnapshot;
  readonly attributes: unknown;
}

const componentFile = "defs/demo/defs.yaml";

export async function runComponentCases(folder: string): Promise<CaseResult[]> {
  const cases = JSON.parse(readFileSync(resolve(folder, "components.json"), "utf8")) as ComponentCase[];
  const results: CaseResult[] = [];
  for (const one of cases) {
    const failures = await failuresOf(one).catch((error: Error) => [`threw ${error.stack ?? error.message}`]);
    results.push({ id: one.id, failures });
  }
  return results;
}

async function failuresOf(one: ComponentCase): Promise<string[]> {
  const outcome = outcomeOf(one.expect);
  const unknown = unknownWords(outcome);
  if (unknown.length > 0) return unknown.map((word) => `unknown word: ${word}`);
  const loaded = await load(one, outcome.cli ?? []);
  const errors = loaded.problems.filter(({ severity }) => severity === "error");
  if (outcome.status === "error") return errorFailures(outcome.errors ?? [], [...errors, ...loaded.missing]);
  return [
    ...errors.map((problem) => `unexpected ${problem.code} at ${placeOf(problem)}: ${problem.message}`),
    ...assetFailures(outcome.assets, loaded.snapshot),
    ...checkFailures(outcome.asset_checks, loaded.snapshot),
    ...resolvedFailures(outcome, loaded.attributes),
  ];
}

/** Where our way is recommended it counts; where the recommendation is to decide, the field's way does. */
function outcomeOf(expect: ComponentCase["expect"]): Outcome {
  if (!("dagster" in expect)) return expect;
  return typeof expect.recommended === "string" ? expect.dagster : expect.recommended;
}

function unknownWords(outcome: Outcome): string[] {
  const unknown: string[] = [];
  for (const key of Object.keys(outcome)) if (!knownExpectKeys.has(key)) unknown.push(`expect.${key}`);
  if (outcome.stage !== undefined && !knownStages.has(outcome.stage)) unknown.push(`stage ${outcome.stage}`);
  for (const option of outcome.cli ?? [])
    if (option !== "--validate-requirements") unknown.push(`option ${option}`);
  for (const error of outcome.errors ?? []) {
    if (codesOfKind[error.kind] === undefined) unknown.push(`kind ${error.kind}`);
    for (const key of Object.keys(error)) if (!knownErrorKeys.has(key)) unknown.push(`error.${key}`);
  }
  return unknown;
}

async function load(one: ComponentCase, options: readonly string[]): Promise<Loaded> {
  const root = mkdtempSync(join(tmpdir(), "dop-conformance-"));
  try {
    write(root, componentFile, one.yaml);
    for (const [path, text] of Object.entries(one.files ?? {})) writeFixtureFile(root, path, text);
    fixture.builtAttributes.clear();
    const { project, variables } = await loadProject({
      root,
      configuration: { defs: "defs" },
      variables: one.env ?? {},
      classes: { fixture: classesOf(fixture) },
      validateRequirements: options.includes("--validate-requirements"),
    });
    const { snapshot, problems } = mergeProject(project);
    const waits = project.components.some(({ status }) => status === "needs_credentials");
    return {
      problems,
      missing: waits ? variables.flatMap(missingVariable) : [],
      snapshot,
      attributes: fixture.builtAttributes.get(componentFile),
    };
  } finally {
    rmSync(root, { recursive: true });
  }
}

function missingVariable({ name, isSet, hasDefault, path, span }: VariableUse): Problem[] {
  if (isSet || hasDefault || span === undefined) return [];
  const place = path === undefined ? {} : { path };
  return [
    {
      code: "missing-variable",
      severity: "error",
      message: `${name} has no value`,
      span,
      ...place,
      related: [],
    },
  ];
}

function classesOf(module: object): { readonly [name: string]: ComponentClass } {
  return Object.fromEntries(
    Object.entries(module).filter((entry): entry is [string, ComponentClass] => isComponentClass(entry[1])),
  );
}

/** `defs/demo/vars` describes a module of template variables: one `template var NAME(parameters) -> LITERAL` a line. */
function writeFixtureFile(root: string, path: string, text: string): void {
  if (/\.[a-z]+$/.test(path)) {
    write(root, path, text);
    return;
  }
  const variables = [...text.matchAll(/template var (\w+)\(([^)]*)\) -> (.+)/g)].map(
    ([, name, parameters, literal]) => `export const ${name} = templateVar((${parameters}) => ${literal});`,
  );
  write(root, `${path}.ts`, ['import { templateVar } from "#platform";', ...variables, ""].join("\n"));
}

function write(root: string, path: string, text: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Each expected error is told once, and nothing else is. */
function errorFailures(expected: readonly ExpectedError[], errors: readonly Problem[]): string[] {
  const left = [...errors];
  const failures: string[] = [];
  for (const error of expected) {
    const index = left.findIndex((problem) => mismatches(error, problem).length === 0);
    if (index >= 0) {
      left.splice(index, 1);
      continue;
    }
    const near = left.find((problem) => codesOfKind[error.kind]?.includes(problem.code));
    failures.push(
      near === undefined
        ? `missing ${error.kind} at line ${error.line} ${error.path ?? ""}`
        : `${error.kind}: ${mismatches(error, near).join("; ")}`,
    );
  }
  if (failures.length > 0 || left.length > 0) {
    failures.push(
      ...left.map((problem) => `told: ${problem.code} at ${placeOf(problem)}: ${problem.message}`),
    );
  }
  return failures;
}

function mismatches(expected: ExpectedError, problem: Problem): string[] {
  const wrong: string[] = [];
  const differ = (what: string, wanted: unknown, got: unknown) => {
    if (wanted !== undefined && wanted !== got)
      wrong.push(`${what} is ${String(got)}, not ${String(wanted)}`);
  };
  if (!codesOfKind[expected.kind]?.includes(problem.code)) wrong.push(`code is ${problem.code}`);
  differ("file", expected.file, problem.span.file);
  differ("line", expected.line, problem.span.start.line);
  differ("path", expected.path, problem.path);
  const told = `${problem.message} ${problem.hint ?? ""}`;
  for (const text of expected.message_contains ?? []) {
    if (!told.includes(text)) wrong.push(`message lacks ${JSON.stringify(text)}: ${told}`);
  }
  return wrong;
}

function placeOf({ span, path }: Problem): string {
  return `${span.file}:${span.start.line}:${span.start.column} ${path ?? ""}`;
}

function assetFailures(expected: Outcome["assets"], snapshot: DefinitionsSnapshot): string[] {
  if (expected === undefined) return [];
  const defined = snapshot.definitions.assets.filter(({ component }) => component !== undefined);
  const failures: string[] = [];
  if (expected.length !== defined.length) {
    failures.push(`assets are ${defined.map(({ key }) => key).join(", ") || "none"}`);
  }
  for (const wanted of expected) {
    const key = (wanted["key"] as string[]).join("/");
    const asset = defined.find((candidate) => candidate.key === key);
    if (asset === undefined) failures.push(`no asset ${key}`);
    else failures.push(...fieldFailures(wanted, asset));
  }
  return failures;
}

function fieldFailures(wanted: { readonly [field: string]: unknown }, asset: Asset): string[] {
  return Object.entries(wanted).flatMap(([field, value]) => {
    const got = expectedForm(asset, field);
    if (got === undefined) return [`unknown word: asset field ${field}`];
    const equal =
      field === "metadata_contains"
        ? Object.entries(value as object).every(([name, item]) =>
            isDeepStrictEqual((got as Record<string, unknown>)[name], item),
          )
        : isDeepStrictEqual(got, value);
    return equal ? [] : [`${asset.key}.${field} is ${JSON.stringify(got)}, not ${JSON.stringify(value)}`];
  });
}

function checkFailures(expected: Outcome["asset_checks"], snapshot: DefinitionsSnapshot): string[] {
  if (expected === undefined) return [];
  const got = snapshot.definitions.checks.map((check) => ({
    name: check.name,
    asset: assetKeyParts(check.asset),
    additional_deps: check.additionalDeps.map(assetKeyParts),
    blocking: check.blocking,
  }));
  if (got.length !== expected.length) return [`checks are ${JSON.stringify(got)}`];
  return expected.flatMap((wanted) => {
    const found = got.find(({ name }) => name === wanted["name"]) as Record<string, unknown> | undefined;
    if (found === undefined) return [`no check ${String(wanted["name"])}`];
    return Object.entries(wanted)
      .filter(([field, value]) => !isDeepStrictEqual(found[field], value))
      .map(
        ([field, value]) =>
          `${found["name"]}.${field} is ${JSON.stringify(found[field])}, not ${JSON.stringify(value)}`,
      );
  });
}

function resolvedFailures(outcome: Outcome, attributes: unknown): string[] {
  if (outcome.resolved_component !== undefined) {
    const got = Object.fromEntries(
      Object.entries(attributes as object).map(([name, value]) => [name, String(value)]),
    );
    return isDeepStrictEqual(got, outcome.resolved_component)
      ? []
      : [`components are ${JSON.stringify(got)}`];
  }
  if (outcome.resolved === undefined) return [];
  const got: unknown = JSON.parse(JSON.stringify(attributes ?? null));
  return isDeepStrictEqual(got, JSON.parse(JSON.stringify(outcome.resolved)))
    ? []
    : [`resolved to ${JSON.stringify(got)}`];
}
