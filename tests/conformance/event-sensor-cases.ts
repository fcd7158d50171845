import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { SensorSpec } from "../../platform/core/job.ts";
import type { RunId } from "../../platform/core/run.ts";
import { evaluateAssets, evaluateRunStatus } from "../../platform/daemon/event-sensors.ts";
import { createAutomationDesk } from "../../platform/instance/automation-desk.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";

interface Step {
  readonly op: string;
  readonly [field: string]: unknown;
}

interface EventSensorCase {
  readonly setup: { readonly [field: string]: unknown };
  readonly steps: readonly Step[];
}

/** Plays a run-status or asset sensor: the daemon's own looks over records of a database in memory. */
export async function eventSensorAnswer({ setup, steps }: EventSensorCase): Promise<unknown> {
  await using storage = await openSqliteStorage(":memory:");
  const isOfRuns = setup["type"] === "run_status";
  const asset = String(setup["asset"] ?? "A") as AssetKey;
  const now = Temporal.Instant.from("2026-01-01T00:00Z");
  const snapshot = snapshotOf(asset);
  const desk = createAutomationDesk({
    recording: { root: "/", storage, commit: async () => undefined, now: () => now },
    storage,
    definitions: { current: () => snapshot, subscribe: () => () => {} },
    control: { enqueued: () => {}, cancel: async () => {} },
    warm: () => {},
  });
  const sensor: SensorSpec = {
    name: String(setup["sensor"]),
    kind: isOfRuns ? "run_status" : "asset",
    minimumIntervalSeconds: 30,
    defaultStatus: "running",
    settings: isOfRuns ? { statuses: [String(setup["status"]).toLowerCase()] } : { assets: `key:${asset}` },
  };
  const happen = async (id: string, bodies: readonly RunEventBody[]): Promise<void> => {
    const runId = id as RunId;
    const request = { assets: [asset], tags: {} };
    await storage.createRun({ id: runId, request, snapshotId: "s", createdAtMs: now.epochMilliseconds });
    const epoch = await storage.startAttempt(runId, now.epochMilliseconds);
    const at = now.epochMilliseconds;
    await storage.appendEvents(bodies.map((body, place) => ({ runId, epoch, seq: place + 1, at, ...body })));
  };
  let cursor: string | null = null;
  const look = async (): Promise<string[]> => {
    const evaluate = isOfRuns ? evaluateRunStatus : evaluateAssets;
    const seen = await evaluate(sensor, { desk, snapshot, now }, cursor);
    cursor = seen.cursor ?? cursor;
    return seen.requests.map(({ tags, partition }) =>
      isOfRuns ? String(tags["dop/triggered_by"]) : String(partition),
    );
  };
  const answers: string[][] = [];
  for (const step of steps) {
    switch (step.op) {
      case "run_succeeds":
        await happen(String(step["run"]), [{ type: "run.started" }, { type: "run.succeeded" }]);
        break;
      case "materialize": {
        const partition = String(step["partition"]);
        const body = { type: "asset.materialized", step: "make", asset, partition, metadata: {} } as const;
        await happen(`run of ${partition}`, [{ type: "run.started" }, body]);
        break;
      }
      case "start_sensor":
        // Its first look notes where the log ends.
        await look();
        break;
      case "evaluate":
        answers.push(await look());
        break;
      default:
        throw new Error(`unknown op ${step.op}`);
    }
  }
  // Of an asset sensor the cases tell what the last evaluation reports.
  return isOfRuns ? answers.map((reported) => ({ reported })) : answers.at(-1);
}

function snapshotOf(key: AssetKey): DefinitionsSnapshot {
  const asset = {
    key,
    groupName: "default",
    owners: [],
    tags: {},
    kinds: [],
    deps: [],
    checks: [],
    materializable: true,
  };
  const definitions = {
    assets: [asset],
    checks: [],
    steps: [],
    jobs: [],
    schedules: [],
    sensors: [],
    resources: [],
    pools: [],
    ioManagers: [],
    io: "memory",
  };
  return {
    schema: "dop.snapshot/1",
    id: "of one asset",
    environment: "local",
    definitions,
    components: [],
    sources: [],
    problems: [],
  };
}
