import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AssetFacts, EntityKey } from "../../platform/automation/automation-facts.ts";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { DefinitionsSnapshot, SnapshotDefinitions } from "../../platform/core/definitions-snapshot.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import { AutomationLoop } from "../../platform/daemon/automation-loop.ts";
import type { TickRound } from "../../platform/daemon/tick-round.ts";
import { createAutomationDesk } from "../../platform/instance/automation-desk.ts";
import { openPostgresStorage } from "../../platform/storage/open-postgres-storage.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import { PostgresServer } from "../postgres-server.ts";
import { findTool } from "../require-tool.ts";
import { spread } from "./measure.ts";

export interface RoundShape {
  readonly what: string;
  readonly definitions: SnapshotDefinitions;
  readonly facts: ReadonlyMap<AssetKey, AssetFacts>;
  /** Of each, one partition is brought up to date before a measured round. */
  readonly changed: readonly EntityKey[];
}

interface Measuring {
  readonly repeats: number;
  readonly start: Temporal.Instant;
}

type Row = { readonly [column: string]: string | number };

/** Whole rounds of the automation loop over files of SQLite and, where it is installed, over Postgres. */
export async function measureRounds(
  shapes: readonly (() => RoundShape)[],
  measuring: Measuring,
): Promise<Row[]> {
  const rows: Row[] = [];
  const folder = mkdtempSync(join(tmpdir(), "dop-bench-tick-"));
  try {
    for (const [at, shape] of shapes.entries()) {
      const storage = await openSqliteStorage(join(folder, `${at}.sqlite`));
      rows.push({ records: "SQLite", ...(await measureShape(shape(), storage, measuring)) });
      await storage.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (findTool("postgres") === undefined) return rows;
  await using server = await PostgresServer.start({ durable: true });
  for (const shape of shapes) {
    const storage = await openPostgresStorage(await server.createDatabase());
    rows.push({ records: "Postgres", ...(await measureShape(shape(), storage, measuring)) });
    await storage.close();
  }
  return rows;
}

async function measureShape(
  shape: RoundShape,
  storage: Storage,
  { repeats, start }: Measuring,
): Promise<Row> {
  const snapshot = snapshotOf(shape);
  const desk = createAutomationDesk({
    recording: { root: "/projects/bench", storage, commit: async () => undefined, now: () => start },
    storage,
    definitions: { current: () => snapshot, subscribe: () => () => {} },
    control: { enqueued: () => {}, cancel: async () => {} },
    warm: () => {},
  });
  const loop = new AutomationLoop();
  let second = 0;
  const round = async () => {
    second += 60;
    const now = start.add({ seconds: second });
    await loop.round({
      desk,
      snapshot,
      now,
      switches: new Map(),
      onTick: () => {},
      onError: (error) => {
        throw error;
      },
    } satisfies TickRound);
  };
  const all = shape.definitions.assets.flatMap(({ key }) =>
    [...(shape.facts.get(key)?.partitions.keys() ?? [])].map((partition) => ({ key, partition })),
  );
  const record = recorder(storage, {
    snapshot,
    desk,
    start,
    isObserved: shape.definitions.assets.some(({ observable }) => observable === true),
  });
  await record(all);
  const began = performance.now();
  await round();
  const firstMs = performance.now() - began;
  for (let settling = 0; settling < 3; settling++) await round();
  const newest = shape.changed.map((key) => ({
    key: key as AssetKey,
    partition: [...(shape.facts.get(key as AssetKey)?.partitions.keys() ?? [""])].at(-1) as string,
  }));
  const times: number[] = [];
  let cpuMs = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    if (newest.length > 0) await record(newest);
    const cpu = process.cpuUsage();
    const from = performance.now();
    await round();
    times.push(performance.now() - from);
    const used = process.cpuUsage(cpu);
    cpuMs += (used.user + used.system) / 1000;
  }
  return {
    shape: shape.what,
    assets: shape.definitions.assets.length,
    "first round": firstMs.toFixed(0),
    round: spread(times),
    "CPU ms a round": (cpuMs / repeats).toFixed(2),
  };
}

function recorder(
  storage: Storage,
  {
    snapshot,
    desk,
    start,
    isObserved,
  }: {
    readonly snapshot: DefinitionsSnapshot;
    readonly desk: ReturnType<typeof createAutomationDesk>;
    readonly start: Temporal.Instant;
    readonly isObserved: boolean;
  },
) {
  const at = start.epochMilliseconds;
  const atOnce = 5000;
  return async (parts: readonly { readonly key: AssetKey; readonly partition: string }[]) => {
    const [first] = parts;
    if (first === undefined) return;
    const { runs } = await desk.prepare(snapshot, [
      { assets: [snapshot.definitions.assets[0]?.key ?? first.key], tags: {}, checks: [] },
    ]);
    const [run] = runs;
    if (run === undefined) throw new Error("the run cannot be planned");
    const { id: runId } = await storage.createRun(run);
    const epoch = await storage.startAttempt(runId, at);
    const bodies: RunEventBody[] = [
      { type: "run.started" },
      ...parts.map(
        ({ key, partition }): RunEventBody => ({
          type: isObserved && key.endsWith("/source") ? "asset.observed" : "asset.materialized",
          step: "bench",
          asset: key,
          partition: partition === "" ? null : (partition as never),
          metadata: {},
        }),
      ),
      { type: "run.succeeded" },
    ];
    for (let from = 0; from < bodies.length; from += atOnce) {
      const some = bodies.slice(from, from + atOnce);
      await storage.appendEvents(
        some.map((body, index) => ({ runId, epoch, seq: from + index + 1, at, ...body })),
      );
    }
  };
}

function snapshotOf({ definitions }: RoundShape): DefinitionsSnapshot {
  const component = { file: "defs/bench/component.yaml", document: 1, type: ".bench.Bench" };
  // The one asset that runs are planned for, so that planning is no part of what is measured.
  const [first, ...others] = definitions.assets;
  if (first === undefined) throw new Error("there is no asset");
  const planned = { ...first, key: "planned" as AssetKey, deps: [], component, step: "planned" };
  const { automationCondition: _condition, partitions: _partitions, ...plain } = planned;
  return {
    schema: "dop.snapshot/1",
    id: "bench",
    environment: "local",
    components: [],
    sources: [],
    problems: [],
    definitions: {
      ...definitions,
      assets: [{ ...plain, materializable: true }, first, ...others],
      steps: [
        {
          name: "planned",
          assets: ["planned" as AssetKey],
          checks: [],
          canSubset: false,
          execution: "materialize",
          resources: [],
          component,
        },
      ],
    },
  };
}
