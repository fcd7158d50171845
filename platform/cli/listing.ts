import { findTool } from "../component/find-tool.ts";
import type { ComponentId, DefinitionsSnapshot, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import type { HealthState } from "../core/health.ts";
import type { ScheduleSpec, SensorSpec, Target } from "../core/job.ts";
import type { AssetView, HealthView, StaleStatus } from "../core/views.ts";
import { assetViews } from "../graph/asset-view.ts";
import { componentViews, withToolStatus } from "../instance/component-view.ts";
import { readGitCheckout } from "../instance/git-checkout.ts";
import { InstanceError } from "../instance/instance-error.ts";
import type { CommandContext } from "./command-context.ts";
import { listedTypes } from "./component-classes.ts";
import { environmentReport, environmentTable } from "./environment-report.ts";
import { loadDefinitions, printedSnapshot, tellWhatIsMissing } from "./load-definitions.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { selectedKeys } from "./selected-keys.ts";
import { tableText } from "./table-text.ts";

export interface Listing {
  /** What `--json` prints. */
  readonly data: object;
  readonly text: string;
}

export interface ListingOptions extends ProjectChoice {
  readonly select: string | undefined;
  /** Whether only stale assets are listed. */
  readonly stale: boolean;
  /** Only assets that are so are listed, with what speaks against them. */
  readonly health?: HealthState | undefined;
}

type Kind = "assets" | "checks" | "components" | "jobs" | "schedules" | "sensors" | "resources";

const kinds = [
  "assets",
  "checks",
  "jobs",
  "schedules",
  "sensors",
  "resources",
] as const satisfies readonly Kind[];

/** One kind of definitions, or (`defs`) all of them. */
export async function listing(
  what: string,
  options: ListingOptions,
  context: CommandContext,
): Promise<Listing> {
  if (what === "env") {
    const report = await environmentReport(options, context);
    return { data: report, text: environmentTable(report) };
  }
  if (what === "types") return await listedTypes(options, context);
  const { root, snapshot: loaded } = await loadDefinitions(options, context);
  const snapshot = printedSnapshot(loaded);
  tellWhatIsMissing(snapshot, context);
  const components = withToolStatus(snapshot.components, (name) =>
    findTool(name, { root, path: context.env["PATH"] }),
  );
  const settled = { ...snapshot, components };
  const keys = options.select === undefined ? undefined : selectedKeys(snapshot, options.select);
  const checkout = await readGitCheckout(root);
  const showsAssets = what === "assets" || what === "defs";
  const known = showsAssets ? await knownOfAssets(root, snapshot, context) : undefined;
  const viewsOf = (shown: DefinitionsSnapshot): AssetView[] =>
    assetViews(shown, { checkout })
      .map((view) => ({
        ...view,
        staleness: known?.staleness.get(view.key) ?? null,
        health: known?.health.get(view.key) ?? null,
      }))
      .filter((view) => !options.stale || view.staleness === "stale")
      .filter(({ health }) => options.health === undefined || health?.status === options.health);
  const list = (kind: Kind): Listing =>
    listOf(kind, selectedOf(settled, keys), { viewsOf, asksWhy: options.health !== undefined });
  if (what !== "defs") return list(what as Kind);
  const lists = kinds.map((kind) => ({ kind, ...list(kind) }));
  return {
    data: Object.assign({}, ...lists.map(({ data }) => data), { schema: "dop.defs/1" }) as object,
    text: lists
      .filter(({ kind }) => settled.definitions[kind].length > 0)
      .map(({ kind, text }) => `${kind}\n\n${text}`)
      .join("\n\n"),
  };
}

interface KnownOfAssets {
  readonly staleness: ReadonlyMap<string, StaleStatus>;
  readonly health: ReadonlyMap<string, HealthView>;
}

/** What is remembered of the assets; `undefined` where nothing is, or where its owner cannot be asked. */
async function knownOfAssets(
  root: string,
  snapshot: DefinitionsSnapshot,
  context: CommandContext,
): Promise<KnownOfAssets | undefined> {
  const { connectRecords, hasRecords } = await import("../instance/connect-records.ts");
  if (!hasRecords(root, context.env)) return undefined;
  try {
    await using connection = await connectRecords({
      root,
      env: context.env,
      snapshot: async () => snapshot,
    });
    const { records } = connection;
    const [staleness, health] = await Promise.all([records.staleness(), records.health()]);
    return { staleness, health };
  } catch (thrown) {
    if (!(thrown instanceof InstanceError)) throw thrown;
    context.say(`staleness and health are not known: ${thrown.message}`);
    return undefined;
  }
}

/** The snapshot with only the selected assets and their checks. */
function selectedOf(
  snapshot: DefinitionsSnapshot,
  keys: ReadonlySet<string> | undefined,
): DefinitionsSnapshot {
  if (keys === undefined) return snapshot;
  const { assets, checks } = snapshot.definitions;
  return {
    ...snapshot,
    definitions: {
      ...snapshot.definitions,
      assets: assets.filter(({ key }) => keys.has(key)),
      checks: checks.filter(({ asset }) => keys.has(asset)),
    },
  };
}

function listOf(
  kind: Kind,
  snapshot: DefinitionsSnapshot,
  {
    viewsOf,
    asksWhy,
  }: { viewsOf(snapshot: DefinitionsSnapshot): readonly AssetView[]; readonly asksWhy: boolean },
): Listing {
  const { definitions } = snapshot;
  switch (kind) {
    case "assets": {
      const assets = viewsOf(snapshot);
      const text = asksWhy ? healthTable(assets) : assetTable(assets);
      return { data: { schema: "dop.assets/1", assets }, text };
    }
    case "components": {
      const components = componentViews(snapshot);
      const rows = components.map((one) => [
        one.name,
        one.type,
        placeOf(one),
        statusOf(one),
        String(one.assets.length),
      ]);
      return {
        data: { schema: "dop.components/1", components },
        text: tableText(["component", "type", "file", "status", "assets"], rows),
      };
    }
    default:
      return {
        data: { schema: `dop.${kind}/1`, [kind]: definitions[kind].map(snakeCased) },
        text: specTable(kind, definitions),
      };
  }
}

function assetTable(assets: readonly AssetView[]): string {
  const rows = assets.map((asset) => [
    asset.key,
    asset.group,
    asset.deps.join(", "),
    asset.kinds.join(", "),
    asset.status,
    asset.staleness ?? "",
    asset.health?.status.replaceAll("_", " ") ?? "",
    (asset.description ?? "").split("\n")[0] as string,
  ]);
  return tableText(["asset", "group", "deps", "kinds", "status", "staleness", "health", "description"], rows);
}

/** With what speaks against each. */
function healthTable(assets: readonly AssetView[]): string {
  const rows = assets.map(({ key, group, health }) => [
    key,
    group,
    health?.status.replaceAll("_", " ") ?? "",
    health?.why.join("; ") ?? "",
  ]);
  return tableText(["asset", "group", "health", "why"], rows);
}

function specTable(kind: Exclude<Kind, "assets" | "components">, definitions: SnapshotDefinitions): string {
  switch (kind) {
    case "checks":
      return tableText(
        ["check", "blocking", "description"],
        definitions.checks.map(({ key, blocking, description }) => [
          key,
          blocking ? "yes" : "no",
          description ?? "",
        ]),
      );
    case "jobs":
      return tableText(
        ["job", "selection", "description"],
        definitions.jobs.map(({ name, selection, description }) => [name, selection, description ?? ""]),
      );
    case "schedules":
      return tableText(
        ["schedule", "cron", "time zone", "target", "default"],
        definitions.schedules.map(scheduleRow),
      );
    case "sensors":
      return tableText(["sensor", "kind", "target", "every", "default"], definitions.sensors.map(sensorRow));
    case "resources":
      return tableText(
        ["resource", "type", "uses", "description"],
        definitions.resources.map(({ key, type, uses, description }) => [
          key,
          type,
          (uses ?? []).join(", "),
          description ?? "",
        ]),
      );
  }
}

function scheduleRow({ name, cron, timeZone, target, defaultStatus }: ScheduleSpec): string[] {
  return [name, [cron].flat().join(", "), timeZone, targetText(target), defaultStatus];
}

function sensorRow({ name, kind, target, minimumIntervalSeconds, defaultStatus }: SensorSpec): string[] {
  return [
    name,
    kind,
    target === undefined ? "" : targetText(target),
    `${minimumIntervalSeconds}s`,
    defaultStatus,
  ];
}

function targetText(target: Target): string {
  return "job" in target ? `job ${target.job}` : target.selection;
}

function statusOf({
  status,
  needs,
  enabled,
}: {
  status: string;
  needs: readonly string[];
  enabled: boolean;
}): string {
  if (!enabled) return "disabled";
  return needs.length === 0 ? status : `${status} (${needs.join(", ")})`;
}

function placeOf({ file, document }: ComponentId): string {
  return document === 1 ? file : `${file}#${document}`;
}

/** Field names as everywhere in JSON that programs read; keys inside free mappings stay. */
function snakeCased(record: object): object {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as unknown,
    ]),
  );
}
