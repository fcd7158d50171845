import type { AssetKey } from "../core/asset-key.ts";
import type { SensorSpec } from "../core/job.ts";
import { namesText } from "../core/names-text.ts";
import type { RunRecord } from "../core/run.ts";
import type { SensorEvaluation } from "./sensor-evaluation.ts";
import type { TickRound } from "./tick-round.ts";

/** What a look needs of the round that it is part of. */
export type SensorRound = Pick<TickRound, "desk" | "snapshot" | "now">;

/** Where an event sensor stands in the log, and (where all assets are waited for) which came since. */
interface EventCursor {
  readonly after: number;
  readonly came?: readonly AssetKey[];
}

/** Events that are read at one look; what is left is read at the next. */
const pageSize = 5_000;

async function cursorOf(cursor: string | null, { desk }: SensorRound): Promise<EventCursor> {
  // A sensor begins with what happens after it was first on.
  return cursor === null ? { after: await desk.storage.newestCursor() } : (JSON.parse(cursor) as EventCursor);
}

/** One request for each run that ended so; its own runs do not count. */
export async function evaluateRunStatus(
  { name, settings = {} }: SensorSpec,
  round: SensorRound,
  cursor: string | null,
): Promise<SensorEvaluation> {
  const { after } = await cursorOf(cursor, round);
  const changes = await round.desk.storage.changesSince(after, pageSize);
  const statuses = settings["statuses"] as readonly string[];
  const jobs = settings["monitored_jobs"] as readonly string[] | undefined;
  const counts = ({ status, request }: RunRecord) =>
    statuses.includes(status) &&
    request.tags["dop/sensor"] !== name &&
    (jobs === undefined || jobs.includes(request.job ?? ""));
  const runs = (await round.desk.storage.findRuns([...new Set(changes.ended)])).filter(counts);
  return {
    requests: runs.map(({ id }) => ({ runKey: `run ${id}`, tags: { "dop/triggered_by": id } })),
    cursor: JSON.stringify({ after: changes.cursor } satisfies EventCursor),
  };
}

/** One request for each partition in which watched assets were brought up to date; with `all_of` when all of them were. */
export async function evaluateAssets(
  { name, settings = {} }: SensorSpec,
  round: SensorRound,
  cursor: string | null,
): Promise<SensorEvaluation> {
  const { desk, snapshot } = round;
  const { after, came = [] } = await cursorOf(cursor, round);
  const changes = await desk.storage.changesSince(after, pageSize);
  const watched = new Set(desk.select(snapshot, String(settings["assets"])));
  const updates = changes.updates.filter(({ type, asset }) => type === "materialized" && watched.has(asset));
  const own = new Set(
    (await desk.storage.findRuns([...new Set(updates.map(({ runId }) => runId))]))
      .filter(({ request }) => request.tags["dop/sensor"] === name)
      .map(({ id }) => id),
  );
  const counted = updates.filter(({ runId }) => !own.has(runId));
  const end = { after: changes.cursor };
  if (settings["all_of"] === true) {
    const seen = new Set([...came, ...counted.map(({ asset }) => asset)]);
    const isWhole = watched.size > 0 && [...watched].every((key) => seen.has(key));
    const waiting = [...seen].filter((key) => watched.has(key));
    return {
      requests: isWhole ? [{ runKey: `all ${changes.cursor}`, tags: {} }] : [],
      cursor: JSON.stringify((isWhole ? end : { ...end, came: waiting }) satisfies EventCursor),
      ...(isWhole ? {} : { skipReason: `${waiting.length} of ${watched.size} assets came` }),
    };
  }
  const requests = [...Map.groupBy(counted, ({ partition }) => partition)].map(([partition, events]) => {
    const { asset, cursor: at } = events.at(-1) as (typeof events)[number];
    return {
      runKey: `${asset} ${at}`,
      tags: { "dop/triggered_by": triggers(events) },
      ...(partition === null ? {} : { partition }),
    };
  });
  return { requests, cursor: JSON.stringify(end satisfies EventCursor) };
}

/** Assets that came, each once. */
function triggers(events: readonly { readonly asset: AssetKey }[]): string {
  return namesText([...new Set(events.map(({ asset }) => asset))], mostTriggers);
}

const mostTriggers = 10;
