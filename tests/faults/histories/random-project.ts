import type { AssetKey } from "../../../platform/core/asset-key.ts";
import {
  eager,
  newlyTrue,
  onCron,
  onMissing,
  operand,
  since,
} from "../../../platform/core/condition-builders.ts";
import type { Asset, DefinitionsSnapshot } from "../../../platform/core/definitions-snapshot.ts";
import type { CatchUp, ScheduleSpec, SensorSpec } from "../../../platform/core/job.ts";
import type { PartitionsDefinition } from "../../../platform/core/partitions.ts";
import { shopOf } from "../../daemon/ticking-shop.ts";
import type { Seeded } from "../seeded.ts";

type WrittenAsset = Partial<Omit<Asset, "key">>;

/** What is written of a project, as people change it. */
interface Written {
  assets: { [key: string]: WrittenAsset };
  schedules: ScheduleSpec[];
  sensors: SensorSpec[];
}

export interface RandomProject {
  /** Each is what the one before became by an edit. */
  readonly versions: readonly DefinitionsSnapshot[];
  /** Assets that nothing but people brings up to date. */
  readonly sources: readonly AssetKey[];
  readonly watchesFiles: boolean;
  /** Milliseconds since 1970. */
  readonly start: number;
}

/** Keys of dynamic partitions are added under this name. */
export const dynamicName = "files";
export const cronOfDue = "*/30 * * * *";
export const failSeconds = 3600;
/** A pool that every step takes, and its slots. */
export const till = { pool: "till", limit: 2 } as const;

const regions: PartitionsDefinition = { type: "static", keys: ["eu", "us", "asia"] };
const files: PartitionsDefinition = { type: "dynamic", name: dynamicName };
/** Before and in nights in which clocks are put forward or back. */
const starts = [
  "2026-03-01T00:00:00Z",
  "2026-03-08T04:00:00Z",
  "2026-03-28T20:00:00Z",
  "2026-10-24T22:00:00Z",
  "2026-11-01T02:00:00Z",
] as const;
const crons = ["*/10 * * * *", "0 * * * *", "15,45 * * * *", "30 */3 * * *", "30 2 * * *"] as const;
const zones = ["UTC", "Europe/Berlin", "America/New_York"] as const;
const catchUps: readonly [CatchUp | undefined, ...CatchUp[]] = [
  undefined,
  { type: "none" },
  { type: "latest" },
  { type: "all", max: 500 },
  { type: "all", max: 3 },
  { type: "window", seconds: 7200 },
];

export function randomProject(random: Seeded): RandomProject {
  const start = Temporal.Instant.from(random.pick(starts)).epochMilliseconds;
  const written: Written = { assets: {}, schedules: [], sensors: [] };
  addSources(written, random);
  addConditions(written, random, start);
  const scheduleCount = 1 + random.below(3);
  for (let number = 0; number < scheduleCount; number++) addSchedule(written, `tick${number}`, random);
  addSensors(written, random);
  const versions = [snapshotOf(written, 0)];
  while (random.chance(0.5) && versions.length < 4) {
    edit(written, random);
    versions.push(snapshotOf(written, versions.length));
  }
  return {
    versions,
    sources: Object.keys(written.assets).filter((key) => key.startsWith("raw")) as AssetKey[],
    watchesFiles: written.sensors.some(({ kind }) => kind === "file"),
    start,
  };
}

function snapshotOf({ assets, schedules, sensors }: Written, version: number): DefinitionsSnapshot {
  const snapshot = shopOf(assets, { schedules: [...schedules], sensors: [...sensors] });
  return structuredClone({ ...snapshot, id: `version ${version}` });
}

function addSources({ assets }: Written, random: Seeded): void {
  assets["raw0"] = {};
  assets["raw1"] = {};
  assets["raw-by-region"] = { partitions: random.pick([regions, files]) };
}

function addConditions({ assets }: Written, random: Seeded, start: number): void {
  const plain = ["raw0", "raw1"];
  const eagerCount = 1 + random.below(3);
  for (let number = 0; number < eagerCount; number++) {
    const deps = plain.filter(() => random.chance(0.5));
    const key = `eager${number}`;
    assets[key] = {
      deps: (deps.length === 0 ? [random.pick(plain) as string] : deps) as AssetKey[],
      automationCondition: eager(),
    };
    plain.push(key);
  }
  const { partitions } = assets["raw-by-region"] as { readonly partitions: PartitionsDefinition };
  if (random.chance(0.6))
    assets["eager-by-region"] = {
      deps: ["raw-by-region" as AssetKey],
      partitions,
      automationCondition: eager(),
    };
  if (random.chance(0.5)) assets["due"] = { automationCondition: onCron(cronOfDue) };
  if (random.chance(0.5)) assets["missing"] = { partitions: files, automationCondition: onMissing() };
  if (random.chance(0.5)) assets["hours"] = { partitions: hourlyFrom(start), automationCondition: eager() };
  if (random.chance(0.5))
    assets["fresh"] = {
      freshnessPolicy: { type: "time_window", failSeconds },
      automationCondition: since(newlyTrue(operand("freshness_failed")), operand("newly_requested")),
    };
}

function hourlyFrom(start: number): PartitionsDefinition {
  const from = Temporal.Instant.fromEpochMilliseconds(start - 6 * 3_600_000).toString();
  return {
    type: "time",
    cron: "0 * * * *",
    start: `${from.slice(0, 10)}-${from.slice(11, 13)}:00`,
    timeZone: "UTC",
    format: "%Y-%m-%d-%H:%M",
    endOffset: 0,
  };
}

function addSchedule({ assets, schedules }: Written, name: string, random: Seeded): void {
  const target = `of-${name}`;
  assets[target] ??= random.chance(0.3) ? { partitions: regions } : {};
  const catchUp = random.pick(catchUps);
  schedules.push({
    name,
    cron: random.pick(crons),
    timeZone: random.pick(zones),
    target: { selection: `key:${target}` },
    defaultStatus: random.chance(0.85) ? "running" : "stopped",
    overlap: random.pick(["allow", "allow", "skip", "queue", "cancel_previous"] as const),
    ...(catchUp === undefined ? {} : { catchUp }),
    ...(random.chance(0.3) && catchUp?.type !== "none" ? { jitterSeconds: 60 + random.below(300) } : {}),
  });
}

function addSensors({ assets, sensors }: Written, random: Seeded): void {
  const add = (name: string, sensor: Pick<SensorSpec, "kind" | "settings">) => {
    assets[`of-${name}`] = {};
    const target = { selection: `key:of-${name}` };
    sensors.push({ name, target, minimumIntervalSeconds: 30, defaultStatus: "running", ...sensor });
  };
  if (random.chance(0.6))
    add("ends", {
      kind: "run_status",
      settings: { statuses: random.pick([["success"], ["failure"], ["failure", "canceled"]]) as string[] },
    });
  if (random.chance(0.5)) add("came", { kind: "asset", settings: { assets: "key:raw0" } });
  if (random.chance(0.3))
    add("all-came", { kind: "asset", settings: { assets: "key:raw0 or key:raw1", all_of: true } });
  if (random.chance(0.3))
    add("inbox", { kind: "file", settings: { folder: "inbox", pattern: "*.csv", settle: 20 } });
  if (random.chance(0.4))
    sensors.push({
      name: "marts",
      kind: "automation",
      target: { selection: "key:eager1 or key:due" },
      minimumIntervalSeconds: 60,
      defaultStatus: "running",
    });
}

/** What people do to definitions while everything runs. */
function edit(written: Written, random: Seeded): void {
  const { schedules, assets } = written;
  const place = random.below(schedules.length);
  const schedule = schedules[place] as ScheduleSpec;
  switch (random.below(4)) {
    case 0:
      schedules[place] = { ...schedule, cron: random.pick(crons) };
      return;
    case 1:
      schedules[place] = {
        ...schedule,
        defaultStatus: schedule.defaultStatus === "running" ? "stopped" : "running",
      };
      return;
    case 2:
      addSchedule(written, `tick${schedules.length}`, random);
      return;
    default:
      assets[`later${Object.keys(assets).length}`] = {
        deps: ["raw0" as AssetKey],
        automationCondition: eager(),
      };
  }
}
