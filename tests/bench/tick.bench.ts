// How long is a tick of automation? Idle ticks, and the shapes that other systems are slow at: over facts in memory, and
// as rounds of the daemon over both kinds of records.
import type { AssetFacts, EntityKey } from "../../platform/automation/automation-facts.ts";
import { emptyState } from "../../platform/automation/automation-state.ts";
import { EntityGraph } from "../../platform/automation/entity-graph.ts";
import { IncrementalAutomation } from "../../platform/automation/incremental.ts";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { and, anyDepsMatch, eager, not, operand } from "../../platform/core/condition-builders.ts";
import type { SnapshotDefinitions } from "../../platform/core/definitions-snapshot.ts";
import type { PartitionsDefinition } from "../../platform/core/partitions.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { partitionKeys } from "../../platform/partition/partition-keys.ts";
import { assetOf, definitionsOf, factsOf, made, momentAt } from "./automation-shapes.ts";
import { printLoad, printTable, spread } from "./measure.ts";
import { measureRounds } from "./tick-rounds.ts";

const repeats = Number(process.env["DOP_BENCH_REPEATS"] ?? 9);
const start = Temporal.Instant.from("2026-03-01T12:00Z");

interface Shape {
  readonly what: string;
  readonly definitions: SnapshotDefinitions;
  /** Partitions that are materialized, by the asset's key. */
  readonly facts: ReadonlyMap<AssetKey, AssetFacts>;
  /** What happened before each measured tick. */
  readonly changed: readonly EntityKey[];
}

const shapes = [
  () => idle(10_000),
  () => idle(100_000),
  () => failing(1794),
  () => observed(9, 3500),
  () => partitioned(35, 2000),
];
const rows = shapes.map((shape) => measureShape(shape()));
printLoad("at the end");
printTable("one tick: median (least–most), milliseconds of wall time", rows);
printTable(
  "one round of the daemon, with its records: median (least–most), milliseconds",
  await measureRounds(shapes, { repeats, start }),
);

function measureShape({ what, definitions, facts, changed }: Shape) {
  const built = performance.now();
  const graph = new EntityGraph(definitions);
  const automation = new IncrementalAutomation({ graph, state: emptyState, select: (key) => new Set([key]) });
  const buildMs = performance.now() - built;
  const first = performance.now();
  automation.tick({ facts: factsOf(facts, 1), now: start, changed: [] });
  const firstMs = performance.now() - first;
  for (const second of [1, 2, 3]) tickAt(second, []);
  const cpu = process.cpuUsage();
  const times = Array.from({ length: repeats }, (_, repeat) => tickAt(10 + repeat, changed));
  const used = process.cpuUsage(cpu);
  return {
    shape: what,
    assets: graph.order.length,
    "graph built": buildMs.toFixed(0),
    "first tick": firstMs.toFixed(0),
    tick: spread(times.map(({ ms }) => ms)),
    evaluated: times[0]?.evaluated ?? 0,
    "CPU ms a tick": ((used.user + used.system) / 1000 / repeats).toFixed(2),
    "heap MB": (process.memoryUsage().heapUsed / 1e6).toFixed(0),
  };

  function tickAt(second: number, keys: readonly EntityKey[]) {
    const now = start.add({ seconds: second });
    const began = performance.now();
    const { evaluated } = automation.tick({ facts: factsOf(facts, second), now, changed: keys });
    return { ms: performance.now() - began, evaluated };
  }
}

/** A tree of eager assets, everything materialized, nothing new. */
function idle(count: number): Shape {
  const keys = Array.from({ length: count }, (_, at) => `a${at}` as AssetKey);
  const assets = keys.map((key, at) =>
    assetOf(key, { condition: eager(), deps: at === 0 ? [] : [keys[Math.floor((at - 1) / 3)] as AssetKey] }),
  );
  const facts = new Map(keys.map((key) => [key, { partitions: new Map([["", made()]]) }]));
  return { what: "idle, eager", definitions: definitionsOf(assets), facts, changed: [] };
}

function failing(count: number): Shape {
  const keys = Array.from({ length: count }, (_, at) => `a${at}` as AssetKey);
  const condition = and(operand("execution_failed"), not(operand("run_in_progress")));
  const facts = new Map(keys.map((key) => [key, { partitions: new Map([["", made()]]) }]));
  return {
    what: "all changed, execution_failed",
    definitions: definitionsOf(keys.map((key) => assetOf(key, { condition }))),
    facts,
    changed: keys,
  };
}

function observed(count: number, size: number): Shape {
  const partitions: PartitionsDefinition = {
    type: "static",
    keys: Array.from({ length: size }, (_, at) => `p${at}`),
  };
  const keys = Array.from({ length: count }, (_, at) => `a${at}` as AssetKey);
  const condition = anyDepsMatch(operand("newly_updated"));
  const assets = keys.flatMap((key) => [
    { ...assetOf(`${key}/source` as AssetKey, { partitions }), materializable: false, observable: true },
    assetOf(key, { partitions, condition, deps: [`${key}/source` as AssetKey] }),
  ]);
  const all = new Map(partitions.keys.map((key) => [key, { ...made(), observed: momentAt() }]));
  const facts = new Map(assets.map(({ key }) => [key, { partitions: all }]));
  return {
    what: "all changed, observed partitions",
    definitions: definitionsOf(assets),
    facts,
    changed: assets.map(({ key }) => key),
  };
}

function partitioned(count: number, size: number): Shape {
  const first = start.subtract({ hours: 24 * size });
  const partitions = cadencePartitions("daily", { start: first.toString().slice(0, 10) });
  const keys = Array.from({ length: count }, (_, at) => `a${at}` as AssetKey);
  const assets = keys.map((key, at) =>
    assetOf(key, {
      partitions,
      condition: eager(),
      deps: at === 0 ? [] : [keys[Math.floor((at - 1) / 2)] as AssetKey],
    }),
  );
  const all = new Map([...partitionKeys(partitions, { now: start })].map((key) => [key as string, made()]));
  const facts = new Map(keys.map((key) => [key, { partitions: all }]));
  return { what: "all changed, eager daily", definitions: definitionsOf(assets), facts, changed: keys };
}
