// How long does `dop explain` take to answer? 5,000 assets in layers and in a tree, at every kind of moment.
import type { AssetFacts } from "../../platform/automation/automation-facts.ts";
import { type AutomationState, emptyState } from "../../platform/automation/automation-state.ts";
import { EntityGraph } from "../../platform/automation/entity-graph.ts";
import { explainEntity } from "../../platform/automation/explain-entity.ts";
import { IncrementalAutomation } from "../../platform/automation/incremental.ts";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { AutomationCondition } from "../../platform/core/condition.ts";
import { eager, onCron } from "../../platform/core/condition-builders.ts";
import type { PartitionsDefinition } from "../../platform/core/partitions.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { partitionKeys } from "../../platform/partition/partition-keys.ts";
import { assetOf, definitionsOf, factsOf, layeredDeps, made, momentAt } from "./automation-shapes.ts";
import { median, printLoad, printTable } from "./measure.ts";

const questions = Number(process.env["DOP_BENCH_QUESTIONS"] ?? 100);
const only = process.env["DOP_BENCH_SHAPE"] ?? "";
const start = Temporal.Instant.from("2026-03-01T12:00Z");
const select = (key: string) => new Set([key]);

interface Shape {
  readonly what: string;
  readonly deps: ReadonlyMap<AssetKey, readonly AssetKey[]>;
  conditionOf(key: AssetKey, at: number): AutomationCondition | undefined;
  readonly partitions?: PartitionsDefinition;
}

const tree = new Map(
  Array.from({ length: 5000 }, (_, at): [AssetKey, readonly AssetKey[]] => [
    `a${at}` as AssetKey,
    at === 0 ? [] : [`a${Math.floor((at - 1) / 3)}` as AssetKey],
  ]),
);
const daily = cadencePartitions("daily", { start: "2026-01-30" });
const isRoot = (key: AssetKey) => key.startsWith("l0/");

const shapes: readonly Shape[] = [
  { what: "tree, eager", deps: tree, conditionOf: () => eager() },
  {
    what: "50 layers of 100, eager",
    deps: layeredDeps(50, 100),
    conditionOf: (key) => (isRoot(key) ? onCron("0 3 * * *") : eager()),
  },
  {
    what: "10 layers of 500, eager",
    deps: layeredDeps(10, 500),
    conditionOf: (key) => (isRoot(key) ? onCron("0 3 * * *") : eager()),
  },
  {
    what: "50 layers of 100, every hour",
    deps: layeredDeps(50, 100),
    conditionOf: (_key, at) => onCron(`${at % 60} * * * *`),
  },
  {
    what: "50 layers of 100, eager, daily",
    deps: layeredDeps(50, 100),
    conditionOf: (key) => (isRoot(key) ? undefined : eager()),
    partitions: daily,
  },
];

printLoad("at the start");
printTable(
  "one answer, milliseconds",
  shapes
    .filter(({ what }) => what.includes(only))
    .flatMap((shape) => [measure(shape, "settled"), measure(shape, "half updated")]),
);
printLoad("at the end");

/** After an evaluation in which nothing was new; half updated: every other asset was brought up to date since. */
function measure({ what, deps, conditionOf, partitions }: Shape, moment: "settled" | "half updated") {
  const keys = [...deps.keys()];
  const assets = keys.map((key, at) => {
    const condition = conditionOf(key, at);
    return assetOf(key, {
      deps: deps.get(key) ?? [],
      ...(condition === undefined ? {} : { condition }),
      ...(partitions === undefined ? {} : { partitions }),
    });
  });
  const graph = new EntityGraph(definitionsOf(assets));
  const names = partitions === undefined ? [""] : [...partitionKeys(partitions, { now: start })];
  const all = new Map(names.map((name) => [name as string, made()]));
  const facts = new Map<AssetKey, AssetFacts>(keys.map((key) => [key, { partitions: all }]));
  const automation = new IncrementalAutomation({ graph, state: emptyState, select });
  for (const second of [1, 2])
    automation.tick({ facts: factsOf(facts, second), now: start.add({ seconds: second }), changed: [] });
  const state = JSON.parse(JSON.stringify(automation.state)) as AutomationState;
  const now = start.add({ minutes: 10 });
  if (moment === "half updated") {
    const fresh = new Map([...all, [names.at(-1) ?? "", made(momentAt(5, now.epochMilliseconds - 1000))]]);
    keys.forEach((key, at) => {
      if (at % 2 === 1) facts.set(key, { partitions: fresh });
    });
  }
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (let question = 0; question < questions; question++) {
    const entity = graph.find(keys[(question * 1933 + 4017) % keys.length] as AssetKey);
    if (entity === undefined) throw new Error("an asset is not in its graph");
    const began = performance.now();
    explainEntity({ graph, facts: factsOf(facts, 9), state, now, select, entity });
    times.push(performance.now() - began);
  }
  const used = process.cpuUsage(cpu);
  const sorted = times.toSorted((a, b) => a - b);
  return {
    shape: what,
    moment,
    median: median(times).toFixed(1),
    p95: (sorted[Math.floor(sorted.length * 0.95)] ?? 0).toFixed(1),
    most: (sorted.at(-1) ?? 0).toFixed(1),
    "CPU ms": ((used.user + used.system) / 1000 / questions).toFixed(1),
  };
}
