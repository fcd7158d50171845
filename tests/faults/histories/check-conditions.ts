import type { AssetKey } from "../../../platform/core/asset-key.ts";
import type { Asset } from "../../../platform/core/definitions-snapshot.ts";
import type { RunRecord } from "../../../platform/core/run.ts";
import { ticksBack } from "../../../platform/cron/ticks.ts";
import { momentOf } from "./check-schedules.ts";
import { cronOfDue, failSeconds } from "./random-project.ts";
import type { SeenTick, World } from "./world.ts";

/** One request of a condition: for which partition ("": the unpartitioned asset), at which tick. */
interface Asked {
  readonly partition: string;
  readonly tick: SeenTick;
  /** End of the tick's window in the log, and of the one before. */
  readonly cursor: number;
  readonly with: readonly AssetKey[];
}

/** What conditions of each kind must have asked for, by the log alone. */
export function checkConditions(world: World, runs: readonly RunRecord[]): void {
  const byId = new Map(runs.map((run) => [run.id as string, run]));
  checkTurns(world);
  for (const asset of world.project.versions.at(-1)?.definitions.assets ?? []) {
    if (asset.automationCondition === undefined) continue;
    const asked = requestsOf(world, asset, byId);
    if (asset.key === "due") checkDue(world, asked);
    else if (asset.key === "missing") checkMissing(world, asked);
    else if (asset.key === "fresh") checkFresh(world, asked);
    else if (asset.key === "hours") {
      // A clock that is put back takes a window away, which is new again when it comes back.
      if (world.latestAt === 0) checkOnce(world, "hours", asked);
    } else checkEager(world, { asset, asked, byId });
  }
}

/** Ticks of a group follow one another: none goes back in the log. */
function checkTurns(world: World): void {
  const groups = Map.groupBy(
    world.ticks.filter(({ commit }) => commit.turn?.name.startsWith("automation-turn/") === true),
    ({ instigator }) => instigator,
  );
  for (const [group, ticks] of groups) {
    let last = -1;
    for (const tick of ticks) {
      const cursor = cursorOf(tick);
      if (cursor < last) world.violated("cursor", `${group} went back from ${last} to ${cursor}`);
      last = cursor;
    }
  }
}

function cursorOf({ commit }: SeenTick): number {
  return (JSON.parse(commit.turn?.value ?? "{}") as { readonly cursor?: number }).cursor ?? 0;
}

function requestsOf(world: World, { key }: Asset, byId: ReadonlyMap<string, RunRecord>): Asked[] {
  return world.ticks.flatMap((tick) => {
    if (tick.commit.turn?.name.startsWith("automation-turn/") !== true) return [];
    return tick.runIds.flatMap((id) => {
      const request = byId.get(id)?.request;
      if (request?.assets.includes(key) !== true) return [];
      const set = request.slices?.[key] ?? request.partitions;
      return keysOf(world, set).map((partition) => ({
        partition,
        tick,
        cursor: cursorOf(tick),
        with: request.assets,
      }));
    });
  });
}

function keysOf(world: World, set: RunRecord["request"]["partitions"]): string[] {
  if (set === undefined) return [""];
  if (set.kind === "keys") return [...set.keys];
  if (set.kind === "ranges") return set.ranges.map((range) => range.join(".."));
  void world;
  return [JSON.stringify(set)];
}

function checkOnce(world: World, what: string, asked: readonly Asked[]): void {
  for (const [partition, those] of Map.groupBy(asked, (one) => one.partition))
    if (those.length > 1) world.violated("I2", `${what} ${partition} was asked for ${those.length} times`);
}

/** Once for each moment of its cron that a tick has seen. */
function checkDue(world: World, asked: readonly Asked[]): void {
  let last = Number.NEGATIVE_INFINITY;
  for (const { tick } of asked) {
    const moment = latestDue(tick.round.now ?? 0);
    if (moment <= last) world.violated("I2", `due was asked for twice after ${momentOf(moment)}`);
    last = moment;
  }
  const first = firstStateOf(world, "due");
  const newest = latestDue(world.at);
  if (first === undefined || (first.round.now ?? 0) >= newest) return;
  const isDone = world.events.some(
    ({ event }) => event.type === "asset.materialized" && event.asset === "due" && event.at >= newest,
  );
  if (last < newest && !isDone) world.violated("I2", `due was not asked for after ${momentOf(newest)}`);
}

function latestDue(now: number): number {
  const [tick] = ticksBack(cronOfDue, "UTC", Temporal.Instant.fromEpochMilliseconds(now)).take(1);
  return tick?.epochMilliseconds ?? 0;
}

/** Every key that was added after the first look, once. */
function checkMissing(world: World, asked: readonly Asked[]): void {
  checkOnce(world, "missing", asked);
  const first = firstStateOf(world, "missing");
  const known = new Set(asked.map(({ partition }) => partition));
  if (first === undefined) return;
  for (const { key, after } of world.addedKeys)
    if (after >= world.ticks.indexOf(first) + 1 && !known.has(key))
      world.violated("I2", `missing: the new partition ${key} was not asked for`);
}

/** Once for each time that it became too old. */
function checkFresh(world: World, asked: readonly Asked[]): void {
  const made = updatesOf(world, "fresh" as AssetKey, "");
  let last: Asked | undefined;
  for (const one of asked) {
    const since = last?.cursor ?? -1;
    if (last !== undefined && !made.some(({ cursor }) => cursor > since && cursor <= one.cursor))
      world.violated("I2", `fresh was asked for again at ${one.cursor} and had not been made since ${since}`);
    last = one;
  }
  const newest = made.at(-1);
  if (newest === undefined) return;
  const breach = newest.event.at + failSeconds * 1000;
  if (breach + 120_000 > world.at) return;
  if (!asked.some(({ tick }) => (tick.round.now ?? 0) >= breach))
    world.violated("I2", `fresh is too old since ${momentOf(breach)} and was not asked for`);
}

function updatesOf(world: World, asset: AssetKey, partition: string) {
  return world.events.filter(
    ({ event }) =>
      event.type === "asset.materialized" && event.asset === asset && (event.partition ?? "") === partition,
  );
}

/** The tick that first kept a state of the asset. */
function firstStateOf(world: World, key: string): SeenTick | undefined {
  return world.ticks.find(({ commit }) =>
    commit.cursors.some(
      ({ name, value }) => name.startsWith("automation/") && name.endsWith(`/${key}`) && value !== null,
    ),
  );
}

/** After each update of what it depends on, and not again without one. */
function checkEager(
  world: World,
  {
    asset,
    asked,
    byId,
  }: {
    readonly asset: Asset;
    readonly asked: readonly Asked[];
    readonly byId: ReadonlyMap<string, RunRecord>;
  },
): void {
  const first = firstStateOf(world, asset.key);
  if (first === undefined) return;
  const partitions =
    asset.partitions === undefined
      ? [""]
      : [...new Set([...asked.map(({ partition }) => partition), ...world.addedKeys.map(({ key }) => key)])];
  for (const partition of partitions) {
    const causes = asset.deps.flatMap((dep) =>
      updatesOf(world, dep, partition).filter(
        ({ event }) => byId.get(event.runId)?.request.assets.includes(asset.key) !== true,
      ),
    );
    const own = asked.filter((one) => one.partition === partition);
    checkNotAgain(world, { asset, partition, own, causes: causes.map(({ cursor }) => cursor) });
    const isWhole = asset.deps.every((dep) => updatesOf(world, dep, partition).length > 0);
    const newest = Math.max(...causes.map(({ cursor }) => cursor), -1);
    if (!isWhole || newest <= cursorOf(first)) continue;
    if (!own.some(({ cursor }) => cursor >= newest) && !isMadeAfter(world, asset, partition, newest))
      world.violated("I2", `${asset.key} ${partition} was not asked for after the update at ${newest}`);
  }
}

function checkNotAgain(
  world: World,
  {
    asset,
    partition,
    own,
    causes,
  }: {
    readonly asset: Asset;
    readonly partition: string;
    readonly own: readonly Asked[];
    readonly causes: readonly number[];
  },
): void {
  let last: Asked | undefined;
  for (const one of own) {
    const { cursor } = one;
    const since = last === undefined ? -1 : last.cursor;
    const isCaused = causes.some((cause) => cause > since && cause <= cursor);
    const isTogether = asset.deps.some((dep) => one.with.includes(dep));
    // A partition that is new is missing, which is a cause as well.
    const isNew = last === undefined;
    if (!isCaused && !isTogether && !isNew)
      world.violated(
        "I2",
        `${asset.key} ${partition} was asked for again at ${cursor}, without an update since ${since}`,
      );
    last = one;
  }
}

/** Work that began after the update has seen it, whichever request it was for. */
function isMadeAfter(world: World, { key }: Asset, partition: string, newest: number): boolean {
  return updatesOf(world, key, partition).some(({ cursor, event }) => {
    const began = world.events.findLast(
      (earlier) =>
        earlier.cursor < cursor &&
        earlier.event.type === "step.started" &&
        earlier.event.runId === event.runId &&
        earlier.event.epoch === event.epoch &&
        earlier.event.step === key,
    );
    return began !== undefined && began.cursor > newest;
  });
}
