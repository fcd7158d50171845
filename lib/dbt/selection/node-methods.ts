import type { DbtManifest, DbtNode } from "../manifest.ts";
import { hasConfig } from "./config-method.ts";
import type { DbtAbilities } from "./dbt-abilities.ts";
import { hasName } from "./fqn-method.ts";
import { missingState, unknownWord } from "./method-errors.ts";
import type { MethodName } from "./method-names.ts";
import type { NodeTest } from "./node-test.ts";
import { foldersOf, matchingPaths } from "./path-pattern.ts";
import { compilePattern } from "./pattern.ts";
import { NodeSelectionError } from "./selection-error.ts";
import type { SelectionState } from "./selection-state.ts";
import type { Criterion } from "./selection-tree.ts";
import { isFresher, stateChange } from "./state-methods.ts";
import { hasVersion } from "./version-method.ts";

/** All that a criterion may ask about. */
export interface SelectionSubject {
  readonly manifest: DbtManifest;
  readonly state: SelectionState;
  readonly abilities: DbtAbilities;
  /** The nodes of the selectors whose name is of a pattern. */
  readonly ofSelectors: (pattern: string) => ReadonlySet<string>;
}

/** Whether nodes are of a criterion, apart from its `+` and `@`. Throws NodeSelectionError. */
export function nodeTest(criterion: Criterion, subject: SelectionSubject): NodeTest {
  return methods[criterion.method](String(criterion.value), subject, criterion);
}

type Method = (value: string, subject: SelectionSubject, criterion: Criterion) => NodeTest;

const resourceTypes = [
  "model",
  "analysis",
  "test",
  "snapshot",
  "operation",
  "seed",
  "rpc",
  "sql_operation",
  "doc",
  "source",
  "macro",
  "exposure",
  "metric",
  "group",
  "saved_query",
  "semantic_model",
  "unit_test",
  "fixture",
  "function",
];

const testTypes: { readonly [type: string]: NodeTest } = {
  generic: isGeneric,
  schema: isGeneric,
  singular: (node) => node.resource_type === "test" && !isGeneric(node),
  data: (node) => node.resource_type === "test",
  unit: (node) => node.resource_type === "unit_test",
};

const methods: { readonly [method in MethodName]: Method } = {
  fqn: (value, { abilities }) => hasName(value, abilities),
  tag: (value) => {
    const pattern = compilePattern(value);
    return (node) => tagsOf(node).some((tag) => pattern.test(tag));
  },
  group: (value) => {
    const pattern = compilePattern(value);
    return (node) => {
      const group = isGroupable(node) ? node.config?.["group"] : undefined;
      return typeof group === "string" && group !== "" && pattern.test(group);
    };
  },
  access: (value) => (node) =>
    node.resource_type === "model" && (node.access ?? node.config?.["access"] ?? "protected") === value,
  source: ofSource,
  path: ofPath,
  file: (value) => {
    const pattern = compilePattern(value);
    return ({ original_file_path: path = "" }) => {
      const file = path.slice(path.lastIndexOf("/") + 1);
      return pattern.test(file) || pattern.test(file.replace(/(?<=.)\.[^.]+$/, ""));
    };
  },
  package: (value, { manifest }) => {
    const pattern = compilePattern(value === "this" ? manifest.projectName : value);
    return (node) => pattern.test(node.package_name);
  },
  config: (_value, _subject, criterion) => hasConfig(criterion),
  test_name: (value) => {
    const pattern = compilePattern(value);
    return (node) => {
      if (node.resource_type === "unit_test") return pattern.test(node.name);
      return isGeneric(node) && pattern.test(node.test_metadata?.name ?? "");
    };
  },
  test_type: (_value, _subject, criterion) => oneOf(testTypes, "test type", criterion),
  resource_type: (value, _subject, criterion) => {
    if (!resourceTypes.includes(value)) throw unknownWord("resource type", criterion, resourceTypes);
    return (node) => node.resource_type === value;
  },
  state: (value, { manifest, state }, criterion) => stateChange(value, { manifest, state, criterion }),
  result: (value, { state }, criterion) => {
    if (state.runResults === undefined) throw missingState("run_results.json", criterion);
    const ids = new Set(
      state.runResults.filter(({ status }) => status === value).map(({ uniqueId }) => uniqueId),
    );
    return (node) => ids.has(node.unique_id);
  },
  source_status: (value, { state }, criterion) => {
    if (state.sources === undefined) throw missingState("sources.json", criterion);
    if (state.currentSources === undefined)
      throw missingState("sources.json of the project's target folder", criterion);
    const { sources, currentSources } = state;
    return (node) => value === "fresher" && isFresher(node.unique_id, sources, currentSources);
  },
  exposure: named("exposure"),
  metric: named("metric"),
  semantic_model: named("semantic_model"),
  saved_query: named("saved_query"),
  unit_test: named("unit_test"),
  function: (value, subject, criterion) => {
    if (!subject.abilities.hasFunctionMethod) throw tooOld("function", "2.0", { subject, criterion });
    return named("function")(value, subject, criterion);
  },
  version: (_value, _subject, criterion) => oneOf(hasVersion, "version", criterion),
  selector: (value, subject, criterion) => {
    if (!subject.abilities.hasSelectorMethod) throw tooOld("selector", "1.12", { subject, criterion });
    const ids = subject.ofSelectors(value);
    return (node) => ids.has(node.unique_id);
  },
};

function isGeneric(node: DbtNode): boolean {
  return node.resource_type === "test" && node.test_metadata !== undefined && node.test_metadata !== null;
}

/** dbt keeps the tags of unit tests in their config only, and looks for none at semantic models. */
function tagsOf({ resource_type, tags, config }: DbtNode): readonly string[] {
  if (resource_type === "semantic_model") return [];
  const written = resource_type === "unit_test" ? config?.["tags"] : tags;
  return typeof written === "string" ? [written] : ((written as readonly string[] | null | undefined) ?? []);
}

const ungroupable = new Set(["source", "exposure", "semantic_model", "saved_query", "unit_test", "function"]);

function isGroupable({ resource_type }: DbtNode): boolean {
  return !ungroupable.has(resource_type);
}

function ofSource(value: string, _subject: SelectionSubject, criterion: Criterion): NodeTest {
  const parts = value.split(".");
  if (parts.length > 3) {
    throw new NodeSelectionError(`\`${value}\` is no source`, {
      place: criterion.place,
      hint: "write `source`, `source.table` or `package.source.table`",
    });
  }
  const [source, table, packageName] =
    parts.length === 1 ? [value, "*", "*"] : ([...parts.slice(-2), parts.at(-3) ?? "*"] as const);
  const tests = [source, table, packageName].map((part) => compilePattern(part as string));
  return (node) =>
    node.resource_type === "source" &&
    [node.source_name ?? "", node.name, node.package_name].every((name, at) => tests[at]?.test(name));
}

/** Nodes of packages are looked for by paths of the project itself, as dbt does. */
function ofPath(value: string, { manifest }: SelectionSubject, { place }: Criterion): NodeTest {
  let paths: ReadonlySet<string>;
  try {
    paths = matchingPaths(value, manifest.files);
  } catch (error) {
    if (error instanceof RangeError)
      throw new NodeSelectionError(`\`${value}\`: ${error.message}`, { place });
    throw error;
  }
  return ({ original_file_path: file = "", patch_path: patch }) =>
    paths.has(file) ||
    paths.has((patch ?? "").split("://")[1] ?? file) ||
    (file !== "" && foldersOf(file).some((folder) => paths.has(folder)));
}

function named(type: string): Method {
  return (value, _subject, criterion) => {
    const parts = value.split(".");
    if (parts.length > 2) {
      throw new NodeSelectionError(`\`${value}\` is no ${type.replaceAll("_", " ")}`, {
        place: criterion.place,
        hint: "write `name` or `package.name`",
      });
    }
    const [name, packageName = "*"] = parts.toReversed() as [string, string?];
    const [ofName, ofPackage] = [compilePattern(name), compilePattern(packageName)];
    return (node) =>
      node.resource_type === type && ofName.test(node.name) && ofPackage.test(node.package_name);
  };
}

function oneOf(tests: { readonly [word: string]: NodeTest }, kind: string, criterion: Criterion): NodeTest {
  const value = String(criterion.value);
  const test = Object.hasOwn(tests, value) ? tests[value] : undefined;
  if (test === undefined) throw unknownWord(kind, criterion, Object.keys(tests));
  return test;
}

function tooOld(
  method: string,
  since: string,
  { subject, criterion }: { subject: SelectionSubject; criterion: Criterion },
): NodeSelectionError {
  return new NodeSelectionError(
    `dbt ${subject.manifest.version} has no selection method \`${method}\`; it came with dbt ${since}`,
    { place: criterion.place },
  );
}
