import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { loadProject } from "../../platform/component/load-project.ts";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { conditionText } from "../../platform/core/condition-text.ts";
import type { Asset, ComponentId, DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";
import type { CaseResult } from "./conformance.ts";

interface ExpectedDocument {
  readonly file: string;
  readonly document: number;
  readonly type: string;
  readonly requirements_env: readonly string[] | null;
  readonly template_vars_module: string | null;
  readonly non_asset_definitions: { readonly schedules?: readonly ExpectedSchedule[] };
}

interface ExpectedSchedule {
  readonly name: string;
  readonly target: string;
  readonly cron: string;
  readonly tags: object;
  readonly job_name: string;
}

interface ExpectedAsset {
  readonly key: string;
  readonly component: ComponentId;
  readonly [field: string]: unknown;
}

interface Expected {
  readonly documents: readonly ExpectedDocument[];
  readonly assets: readonly ExpectedAsset[];
}

/** Every variable that the files read has the value `x`, besides the one that names the environment. */
const variables = new Proxy<{ readonly [name: string]: string | undefined }>(
  { DOP_ENVIRONMENT: "PROD" },
  { get: (known, name) => (typeof name === "string" ? (known[name] ?? "x") : undefined), has: () => true },
);

/** One case per document (it loads without an error, with the same schedules) and one per asset. */
export async function runOpenPlatformCases(folder: string): Promise<CaseResult[]> {
  const expected = JSON.parse(readFileSync(resolve(folder, "dop/expected.json"), "utf8")) as Expected;
  const library = resolve(import.meta.dirname, "../../lib");
  const { project } = await loadProject({
    root: resolve(folder, "dop/project"),
    configuration: {
      defs: "dagster_open_platform/defs",
      registry: { "dagster_open_platform.lib": library, lib: library },
    },
    variables,
  });
  const { snapshot } = mergeProject(project, {
    resolveReference: (kind, argument) =>
      kind === "dbt_model" ? (`dbt:${argument}` as AssetKey) : undefined,
  });
  return [
    ...expected.documents.map((document) => ({
      id: `${document.file}#${document.document}`,
      failures: documentFailures(document, snapshot),
    })),
    ...expected.assets.map((asset) => ({ id: asset.key, failures: assetFailures(asset, snapshot) })),
    extraAssets(expected, snapshot),
  ];
}

function documentFailures(expected: ExpectedDocument, snapshot: DefinitionsSnapshot): string[] {
  const component = snapshot.components.find(
    ({ file, document }) => file === expected.file && document === expected.document,
  );
  if (component === undefined) return ["the document is not loaded"];
  const problems = snapshot.problems.filter(
    ({ severity, span }) =>
      severity === "error" && span.file === expected.file && component.status === "quarantined",
  );
  return [
    ...problems.map(({ code, message, span }) => `${code} at line ${span.start.line}: ${message}`),
    ...(component.type === expected.type ? [] : [`type is ${component.type}`]),
    ...Object.entries(expected.non_asset_definitions).flatMap(([kind, definitions]) =>
      kind === "schedules"
        ? definitions.flatMap((schedule) => scheduleFailures(schedule, snapshot))
        : [`unknown word: ${kind}`],
    ),
  ];
}

function scheduleFailures(expected: ExpectedSchedule, snapshot: DefinitionsSnapshot): string[] {
  const schedule = snapshot.definitions.schedules.find(({ name }) => name === expected.name);
  if (schedule === undefined) return [`no schedule ${expected.name}`];
  const target = "selection" in schedule.target ? schedule.target.selection : `job ${schedule.target.job}`;
  return differences(
    { target: expected.target, cron: expected.cron, tags: expected.tags },
    { target, cron: schedule.cron, tags: schedule.tags ?? {} },
  );
}

function assetFailures(expected: ExpectedAsset, snapshot: DefinitionsSnapshot): string[] {
  const asset = snapshot.definitions.assets.find(({ key }) => key === expected.key);
  if (asset === undefined) return ["no such asset"];
  const { env: _environment, ...fields } = expected;
  const known = formOf(asset);
  const unknown = Object.keys(fields).filter((field) => !(field in known));
  return [...unknown.map((field) => `unknown word: ${field}`), ...differences(fields, known)];
}

function formOf(asset: Asset): { readonly [field: string]: unknown } {
  return {
    key: asset.key,
    deps: asset.deps.toSorted(),
    group_name: asset.groupName,
    kinds: asset.kinds.toSorted(),
    owners: asset.owners,
    tags: asset.tags,
    description: asset.description ?? null,
    metadata: Object.fromEntries(
      Object.entries(asset.metadata ?? {}).map(([name, { value }]) => [name, value]),
    ),
    automation_condition:
      asset.automationCondition === undefined ? null : conditionText(asset.automationCondition),
    materializable: asset.materializable,
    component: asset.component === undefined ? null : pick(asset.component),
  };
}

function pick({ file, document, type }: ComponentId): ComponentId {
  return { file, document, type };
}

/** Lists whose order has no meaning are compared sorted. */
function differences(
  expected: { readonly [field: string]: unknown },
  got: { readonly [field: string]: unknown },
): string[] {
  return Object.entries(expected).flatMap(([field, wanted]) => {
    const sorted =
      (field === "deps" || field === "kinds") && Array.isArray(wanted) ? wanted.toSorted() : wanted;
    return isDeepStrictEqual(JSON.parse(JSON.stringify(got[field] ?? null)), sorted)
      ? []
      : [`${field} is ${JSON.stringify(got[field])}, not ${JSON.stringify(wanted)}`];
  });
}

function extraAssets(expected: Expected, snapshot: DefinitionsSnapshot): CaseResult {
  const wanted = new Set(expected.assets.map(({ key }) => key));
  const extra = snapshot.definitions.assets.filter(
    ({ key, component }) => component !== undefined && !wanted.has(key),
  );
  return { id: "no other assets", failures: extra.map(({ key }) => `unexpected asset ${key}`) };
}
