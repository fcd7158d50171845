import { scheduledPartitions } from "../automation/scheduled-partitions.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { InstigatorStatus, ScheduleSpec, SensorSpec, Target } from "../core/job.ts";
import { didYouMean } from "../core/suggest.ts";
import type { InstigatorView, TickView } from "../core/views.ts";
import { tickTimesFrom } from "../cron/ticks.ts";
import type { Storage, TickRecord } from "../storage/storage.ts";
import { groupStatesPrefix, groupTurnName } from "./automation-cursors.ts";
import { InstanceError } from "./instance-error.ts";
import { type InstigatorSwitches, readSwitches, statusOf, writeSwitch } from "./instigator-switches.ts";
import { instigatorName, sensorCursor, sensorsOf, sensorTurn } from "./instigators.ts";
import { partitionMoment } from "./partition-moment.ts";
import { targetPartitions } from "./target-partitions.ts";

export const instigatorKinds = ["schedule", "sensor"] as const;
export type InstigatorKind = (typeof instigatorKinds)[number];

/** Schedules, and sensors with the automation groups: whether they are on, and what they did. */
export interface InstigatorRecords {
  /** By name. */
  list(kind: InstigatorKind): Promise<InstigatorView[]>;
  /** Throws InstanceError `unknown-instigator`. */
  switchTo(kind: InstigatorKind, name: string, status: InstigatorStatus): Promise<InstigatorView>;
  /**
   * Makes a sensor look as if for the first time; what a run key has run for does not run again. The conditions of an
   * automation group are evaluated as if for the first time.
   */
  reset(name: string): Promise<InstigatorView>;
  /** Newest first. */
  ticks(
    kind: InstigatorKind,
    name: string,
    page: { readonly limit: number; readonly before?: number },
  ): Promise<TickView[]>;
}

export interface InstigatorRecordsOptions {
  readonly storage: Storage;
  snapshot(): Promise<DefinitionsSnapshot>;
  now(): Temporal.Instant;
  /** Told after each switch. */
  onSwitch?(): void;
}

type Spec =
  | { readonly kind: "schedule"; readonly spec: ScheduleSpec }
  | { readonly kind: "sensor"; readonly spec: SensorSpec };

export function createInstigatorRecords(options: InstigatorRecordsOptions): InstigatorRecords {
  const { storage, now, onSwitch = () => {} } = options;
  const specs = (snapshot: DefinitionsSnapshot, kind: InstigatorKind): Spec[] =>
    kind === "schedule"
      ? snapshot.definitions.schedules.map((spec) => ({ kind, spec }))
      : sensorsOf(snapshot).map((spec) => ({ kind, spec }));
  const known = async (kind: InstigatorKind, name: string) => {
    const snapshot = await options.snapshot();
    const all = specs(snapshot, kind);
    const found = all.find(({ spec }) => spec.name === name);
    if (found !== undefined) return { snapshot, found };
    const names = all.map(({ spec }) => spec.name);
    throw new InstanceError("unknown-instigator", `there is no ${kind} \`${name}\``, didYouMean(name, names));
  };
  const viewOf = async (snapshot: DefinitionsSnapshot, one: Spec, switches: InstigatorSwitches) => {
    const [last] = await storage.listTicks(instigatorName(one.kind, one.spec.name), { limit: 1 });
    const next = one.kind === "schedule" ? await nextTick(snapshot, one.spec, { storage, now: now() }) : null;
    return instigatorView(one, { switches, last, next });
  };
  const shown = async (kind: InstigatorKind, name: string) => {
    const { snapshot, found } = await known(kind, name);
    return await viewOf(snapshot, found, await readSwitches(storage));
  };
  return {
    async list(kind) {
      const snapshot = await options.snapshot();
      const switches = await readSwitches(storage);
      const views = await Promise.all(specs(snapshot, kind).map((one) => viewOf(snapshot, one, switches)));
      return views.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    async switchTo(kind, name, status) {
      await known(kind, name);
      await writeSwitch(storage, name, { status, at: now().epochMilliseconds });
      onSwitch();
      return await shown(kind, name);
    },
    async reset(name) {
      const { found } = await known("sensor", name);
      if (found.kind === "sensor" && found.spec.kind === "automation") await forgetStates(storage, name);
      else {
        // A look that is under way finds its turn over.
        await storage.setCursor(sensorTurn(name), undefined);
        await storage.setCursor(sensorCursor(name), undefined);
      }
      onSwitch();
      return await shown("sensor", name);
    },
    async ticks(kind, name, page) {
      await known(kind, name);
      return (await storage.listTicks(instigatorName(kind, name), page)).map(tickView);
    },
  };
}

async function forgetStates(storage: Storage, group: string): Promise<void> {
  // A daemon that holds them finds its turn over, and begins with what is stored.
  await storage.setCursor(groupTurnName(group), undefined);
  const prefix = groupStatesPrefix(group);
  for (const key of (await storage.listCursors(prefix)).keys())
    await storage.setCursor(prefix + key, undefined);
}

async function nextTick(
  snapshot: DefinitionsSnapshot,
  { cron, timeZone, target, partition }: ScheduleSpec,
  { storage, now }: { readonly storage: Storage; readonly now: Temporal.Instant },
): Promise<InstigatorView["next"]> {
  for (const at of tickTimesFrom(cron, timeZone, now.epochMilliseconds + 1)) {
    if (partition !== undefined && partition !== "latest") return { at_ms: at, partitions: [partition] };
    const definition = partitionsOrNone(snapshot, target);
    if (definition === undefined) return { at_ms: at, partitions: null };
    const moment = await partitionMoment(
      snapshot.definitions,
      storage,
      Temporal.Instant.fromEpochMilliseconds(at),
    );
    const due = scheduledPartitions(definition, moment);
    return { at_ms: at, partitions: "keys" in due ? due.keys : [] };
  }
  return null;
}

/** A target that cannot be used is told where it ticks. */
function partitionsOrNone(snapshot: DefinitionsSnapshot, target: Target) {
  try {
    return targetPartitions(snapshot, target);
  } catch (error) {
    if (error instanceof InstanceError) return undefined;
    throw error;
  }
}

function instigatorView(
  { kind, spec }: Spec,
  {
    switches,
    last,
    next,
  }: {
    readonly switches: InstigatorSwitches;
    readonly last: TickRecord | undefined;
    readonly next: InstigatorView["next"];
  },
): InstigatorView {
  const { name, target, description, defaultStatus } = spec;
  return {
    name,
    kind,
    type: kind === "sensor" ? spec.kind : null,
    description: description ?? null,
    status: statusOf(spec, switches),
    default_status: defaultStatus,
    switched_at_ms: switches.get(name)?.at ?? null,
    target: target === undefined ? null : "job" in target ? `job ${target.job}` : target.selection,
    cron: kind === "schedule" ? [spec.cron].flat() : null,
    time_zone: kind === "schedule" ? spec.timeZone : null,
    minimum_interval_seconds: kind === "sensor" ? spec.minimumIntervalSeconds : null,
    next,
    last_tick: last === undefined ? null : tickView(last),
  };
}

function tickView(tick: TickRecord): TickView {
  const { id, scheduledAtMs, startedAtMs, endedAtMs, status, reason, runIds, body } = tick;
  return {
    id,
    scheduled_at_ms: scheduledAtMs,
    started_at_ms: startedAtMs,
    ended_at_ms: endedAtMs ?? null,
    status,
    reason: reason ?? null,
    run_ids: runIds,
    ...(body === undefined ? {} : { body }),
  };
}
