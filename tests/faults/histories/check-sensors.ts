import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord } from "../../../platform/core/run.ts";
import type { World } from "./world.ts";

/** Each end of a run, each update and each file that a sensor is there for has made one run. */
export function checkSensors(world: World, runs: readonly RunRecord[]): void {
  for (const { name, kind, settings = {} } of world.project.versions.at(-1)?.definitions.sensors ?? []) {
    const own = runs.filter(({ request }) => request.tags["dop/sensor"] === name);
    const after = beginningOf(world, name);
    if (kind === "run_status")
      checkEnds(world, { name, own, after, runs, statuses: settings["statuses"] as readonly string[] });
    if (kind === "asset" && settings["all_of"] !== true) checkUpdates(world, { name, own, after });
    if (kind === "asset" && settings["all_of"] === true) checkAllCame(world, { name, own, after });
    if (kind === "file") checkFiles(world, { name, own });
  }
}

/** Place in the log from which on an event sensor looks; nothing before its first look was recorded. */
function beginningOf(world: World, name: string): number | undefined {
  const first = world.ticks.find(({ commit }) => commit.turn?.name === `sensor/${name}`);
  const value = first?.commit.turn?.value;
  return value === undefined ? undefined : (JSON.parse(value) as { readonly after?: number }).after;
}

interface Looked {
  readonly name: string;
  readonly own: readonly RunRecord[];
  readonly after: number | undefined;
}

function checkEnds(
  world: World,
  {
    name,
    own,
    after,
    runs,
    statuses,
  }: Looked & { readonly runs: readonly RunRecord[]; readonly statuses: readonly string[] },
): void {
  const byId = new Map(runs.map((run) => [run.id as string, run]));
  const causes = Map.groupBy(own, ({ request }) => request.tags["dop/triggered_by"] ?? "");
  for (const [cause, those] of causes) {
    const byTicks = those.filter(({ request }) => request.reexecution === undefined);
    if (byTicks.length > 1)
      world.violated("I2", `${name}: ${byTicks.length} runs answer the end of ${cause}`);
    if (!statuses.includes(byId.get(cause)?.status ?? ""))
      world.violated("sensor", `${name}: ${cause} did not end so`);
  }
  if (after === undefined) return;
  for (const { cursor, event } of world.events) {
    const run = byId.get(event.runId);
    const isEnd =
      event.type === "run.succeeded" || event.type === "run.failed" || event.type === "run.canceled";
    if (!isEnd || cursor <= after || run === undefined || !statuses.includes(run.status)) continue;
    if (run.request.tags["dop/sensor"] === name || causes.has(run.id)) continue;
    if (wasPurged(world, { name, cursor, endedAtMs: run.endedAtMs ?? 0 })) continue;
    world.violated("I2", `${name}: the end of ${run.id} at ${cursor} made no run`);
  }
}

/** An end that a sensor had not seen when old records were removed is not told any more. */
function wasPurged(
  { purges }: World,
  { name, cursor, endedAtMs }: { readonly name: string; readonly cursor: number; readonly endedAtMs: number },
): boolean {
  return purges.some(({ beforeMs, sensors }) => {
    const { after = 0 } = JSON.parse(sensors.get(name) ?? "{}") as { readonly after?: number };
    return endedAtMs < beforeMs && after < cursor;
  });
}

/** Updates of one asset: one run answers those that one look saw. */
function checkUpdates(world: World, { name, own, after }: Looked): void {
  if (after === undefined) return;
  const updates = world.events.filter(
    ({ cursor, event }) => cursor > after && event.type === "asset.materialized" && event.asset === "raw0",
  );
  const windows = windowsOf(world, name);
  for (const { cursor } of updates) {
    const window = windows.find(({ start, end }) => start < cursor && cursor <= end);
    if (window === undefined) world.violated("I2", `${name}: the update at ${cursor} was not looked at`);
    else if (window.runs !== 1)
      world.violated("I2", `${name}: ${window.runs} runs answer the update at ${cursor}`);
  }
  const answered = windows.filter(({ start, end }) =>
    updates.some(({ cursor }) => start < cursor && cursor <= end),
  );
  const asked = own.filter(({ request }) => request.reexecution === undefined).length;
  if (asked !== answered.length)
    world.violated("I2", `${name}: ${asked} runs for ${answered.length} looks that saw an update`);
}

/** Between two runs each of the assets came. */
function checkAllCame(world: World, { name, own, after }: Looked): void {
  if (after === undefined) return;
  const windows = windowsOf(world, name);
  let start = after;
  let asked = 0;
  for (const { end, runs } of windows) {
    const came = new Set(
      world.events.flatMap(({ cursor, event }) =>
        cursor > start && cursor <= end && event.type === "asset.materialized" ? [event.asset as string] : [],
      ),
    );
    const isWhole = came.has("raw0") && came.has("raw1");
    if (isWhole !== runs > 0 || runs > 1)
      world.violated("I2", `${name}: ${runs} runs at ${end}, where ${[...came].join()} came since ${start}`);
    if (isWhole) start = end;
    asked += runs;
  }
  if (own.filter(({ request }) => request.reexecution === undefined).length !== asked)
    world.violated("I2", `${name}: more runs than looks that asked for one`);
}

/** Parts of the log that the recorded looks of a sensor saw, each after the one before. */
function windowsOf(
  world: World,
  name: string,
): { readonly start: number; readonly end: number; readonly runs: number }[] {
  return world.ticks.flatMap(({ commit, runIds }) => {
    const { turn } = commit;
    if (turn?.name !== `sensor/${name}` || turn.expected === null) return [];
    const [start, end] = [turn.expected, turn.value].map(
      (text) => (JSON.parse(text) as { after: number }).after,
    );
    return [{ start: start as number, end: end as number, runs: runIds.length }];
  });
}

function checkFiles(
  world: World,
  { name, own }: { readonly name: string; readonly own: readonly RunRecord[] },
): void {
  const keys = Map.groupBy(
    own.filter(({ request }) => request.reexecution === undefined),
    ({ request }) => request.runKey ?? "",
  );
  for (const [key, those] of keys)
    if (those.length > 1) world.violated("I2", `${name}: ${those.length} runs of the file ${key}`);
  for (const file of readdirSync(join(world.root, "inbox"))) {
    const { size, mtimeMs } = statSync(join(world.root, "inbox", file));
    const asked = own.filter(
      ({ request }) =>
        request.tags["dop/file"] === file && (request.runKey ?? "").includes(String(Math.round(mtimeMs))),
    );
    if (size === 0 ? asked.length > 0 : asked.length !== 1)
      world.violated("I2", `${name}: ${asked.length} runs of ${file} of ${size} bytes`);
  }
}
