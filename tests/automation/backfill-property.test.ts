import { expect, test } from "vitest";
import { endOfBackfill, launchParts, nextBackfillRuns } from "../../platform/automation/advance-backfill.ts";
import { type BackfillNode, backfillGraph } from "../../platform/automation/backfill-graph.ts";
import {
  askAgain,
  type EndedPart,
  type NodeProgress,
  settleBackfill,
} from "../../platform/automation/backfill-progress.ts";
import { decodeBackfill, encodeBackfill } from "../../platform/automation/backfill-state.ts";
import { planBackfill } from "../../platform/automation/plan-backfill.ts";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { BackfillStatus } from "../../platform/core/backfill.ts";
import type { PartitionMapping, PartitionsDefinition } from "../../platform/core/partitions.ts";
import type { BackfillPolicy } from "../../platform/core/policies.ts";
import type { RunId } from "../../platform/core/run.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { eachOrdinal, type Ordinals, ordinalsOfNumbers } from "../../platform/partition/ordinals.ts";
import { upstreamKeys } from "../../platform/partition/partition-mapping.ts";
import { graphOf, type WrittenAsset } from "./backfilled-graph.ts";

const now = Temporal.Instant.from("2026-01-20T05:30Z");
const moment = { now };

const daily = cadencePartitions("daily", { start: "2026-01-02" });
const later = cadencePartitions("daily", { start: "2026-01-06" });
const weekly = cadencePartitions("weekly", { start: "2026-01-04" });
const regions = { type: "static", keys: ["eu", "us", "asia"] } as const;
const multi = { type: "multi", dimensions: { day: later, region: regions } } as const;
const kinds: readonly (PartitionsDefinition | undefined)[] = [
  daily,
  daily,
  later,
  weekly,
  regions,
  multi,
  undefined,
];
const policies: readonly (BackfillPolicy | undefined)[] = [
  undefined,
  undefined,
  { type: "single_run" },
  { type: "multi_run", maxPartitionsPerRun: 3 },
];

type Random = () => number;

/** Mulberry32. */
function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

function randomAssets(random: Random): { readonly [key: string]: WrittenAsset } {
  const count = 2 + Math.floor(random() * 7);
  const assets: Record<string, WrittenAsset> = {};
  const names: string[] = [];
  for (let number = 0; number < count; number++) {
    const key = `a${number}`;
    const isExternal = number > 0 && random() < 0.08;
    const partitions = isExternal ? undefined : pick(random, kinds);
    const deps = names.filter(() => random() < 0.45);
    const mappings: Record<string, PartitionMapping> = {};
    for (const dep of deps) {
      const above = assets[dep]?.partitions;
      if (partitions?.type === "time" && above?.type === "time" && random() < 0.3)
        mappings[dep] = {
          type: "time_window",
          startOffset: -1,
          endOffset: pick(random, [-1, 0]),
          allowNonexistent: true,
        };
      else if (random() < 0.12) mappings[dep] = { type: "all" };
      else if (random() < 0.08) mappings[dep] = { type: "last" };
    }
    if (partitions?.type === "time" && random() < 0.25) {
      deps.push(key);
      mappings[key] = {
        type: "time_window",
        startOffset: pick(random, [-1, -2]),
        endOffset: -1,
        allowNonexistent: true,
      };
    }
    const backfillPolicy = pick(random, policies);
    assets[key] = {
      deps,
      partitionMappings: mappings,
      ...(isExternal ? { materializable: false } : {}),
      ...(partitions === undefined ? {} : { partitions }),
      ...(backfillPolicy === undefined ? {} : { backfillPolicy }),
      // Now and then two neighbours are made by one step.
      ...(number > 0 &&
      !isExternal &&
      random() < 0.1 &&
      assets[`a${number - 1}`]?.materializable !== false &&
      assets[`a${number - 1}`]?.partitions === partitions
        ? {
            step: `a${number - 1}`,
            deps: deps.filter((dep) => dep !== `a${number - 1}`),
            ...(assets[`a${number - 1}`]?.backfillPolicy === undefined
              ? { backfillPolicy: undefined }
              : { backfillPolicy: assets[`a${number - 1}`]?.backfillPolicy }),
          }
        : {}),
    } as WrittenAsset;
    names.push(key);
  }
  return assets;
}

/** What an asset's partition needs within the backfill, told from the definitions one by one. */
function needsOf(
  assets: { readonly [key: string]: WrittenAsset },
  asked: ReadonlySet<string>,
  { key, partition }: { readonly key: string; readonly partition: string },
): string[] {
  const { deps = [], partitions, partitionMappings = {} } = assets[key] as WrittenAsset;
  return deps.flatMap((dep) => {
    const { partitions: upstream, materializable } = assets[dep] as WrittenAsset;
    if (materializable === false) return [];
    const keys =
      upstream === undefined
        ? [""]
        : upstreamKeys(
            { downstream: partitions, upstream, mapping: partitionMappings[dep], moment },
            partition === "" ? [] : [partition],
          ).keys;
    return keys.map((one) => `${dep} ${one}`).filter((text) => asked.has(text));
  });
}

const seeds = Array.from({ length: 250 }, (_, seed) => seed + 1);

test.for(seeds)("every partition ends once and after its upstream ones, with seed %i", (seed) => {
  const random = randomOf(seed);
  const assets = randomAssets(random);
  const graph = graphOf(assets);
  const question = {
    assets: Object.keys(assets) as AssetKey[],
    partition: pick(random, ["all", "latest", "2026-01-07..2026-01-16", "eu"]),
    moment,
    policy: random() < 0.15 ? pick(random, policies) : undefined,
    states: () => ({ materialized: [], failed: [] }),
  };
  const plan = planBackfill(graph, question);
  if ("fault" in plan) return;
  const nodes = plan.graph.nodes;
  const each = (pickSet: (node: NodeProgress) => Ordinals, list: readonly NodeProgress[]): string[] =>
    list.flatMap((node, place) =>
      Array.from(
        eachOrdinal(pickSet(node)),
        (ordinal) => `${nodes[place]?.key} ${nodes[place]?.universe.keyAt(ordinal)}`,
      ),
    );
  const asked = new Set(each(({ waiting }) => waiting, plan.progress.nodes));
  const done = new Set<string>();
  const launched = new Set<string>();
  let { progress, graph: own } = plan;
  let status: BackfillStatus = "running";
  let number = 0;
  let launches = 0;
  let failures = 0;
  let rounds = 0;
  const willFail = pick(random, [0, 0, 0.1, 0.3]);
  const order = pick(random, ["oldest", "newest"] as const);
  for (let step = 0; ; step++) {
    if (step > 5000) throw new Error("the backfill does not end");
    if (random() < 0.1) status = status === "paused" ? "running" : "paused";
    if (random() < 0.2) {
      // A crash: what goes on is what was stored, with definitions that were loaded again.
      const text = JSON.stringify(encodeBackfill(own, progress));
      own = backfillGraph(
        graphOf(assets),
        nodes.map(({ key }) => key),
        question,
      );
      const decoded = decodeBackfill(own, JSON.parse(text));
      expect(decoded.lost).toEqual([]);
      expect(decoded.progress).toMatchObject({ nodes: progress.nodes, runs: progress.runs });
      for (const part of [{ room: 99, order }])
        expect(nextBackfillRuns(own, decoded.progress, part)).toEqual(nextBackfillRuns(own, progress, part));
      progress = decoded.progress;
    }
    if (status === "running") {
      const room = Math.max(0, 4 - progress.runs.length);
      const parts = nextBackfillRuns(own, progress, { room, order });
      expect(parts.length).toBeLessThanOrEqual(room);
      for (const part of parts) {
        launches += 1;
        const inside = part.nodes.flatMap((place) =>
          Array.from(eachOrdinal(part.partitions), (ordinal) => {
            const { key, universe } = own.nodes[place] as BackfillNode;
            return { key, partition: universe.keyAt(ordinal) };
          }),
        );
        const texts = new Set(inside.map(({ key, partition }) => `${key} ${partition}`));
        for (const one of inside) {
          const text = `${one.key} ${one.partition}`;
          if (launched.has(text)) throw new Error(`${text} is launched twice`);
          launched.add(text);
          for (const need of needsOf(assets, asked, one))
            if (!done.has(need) && !texts.has(need)) throw new Error(`${text} goes before ${need}`);
        }
      }
      progress = launchParts(
        progress,
        parts.map((part) => ({ ...part, id: `run ${++number}` as RunId })),
      );
    }
    const ended = progress.runs
      .filter(() => random() < 0.5)
      .map((run): EndedPart => {
        if (random() >= willFail) {
          for (const place of run.nodes)
            for (const ordinal of eachOrdinal(run.partitions))
              done.add(`${own.nodes[place]?.key} ${own.nodes[place]?.universe.keyAt(ordinal)}`);
          return { id: run.id, made: "all" };
        }
        failures += 1;
        const made = new Map(
          run.nodes.map((place) => {
            const some = ordinalsOfNumbers([...eachOrdinal(run.partitions)].filter(() => random() < 0.4));
            for (const ordinal of eachOrdinal(some))
              done.add(`${own.nodes[place]?.key} ${own.nodes[place]?.universe.keyAt(ordinal)}`);
            return [place, some] as const;
          }),
        );
        return { id: run.id, made };
      });
    progress = settleBackfill(own, progress, ended);
    const end = endOfBackfill(progress, status);
    if (end === undefined || status === "paused") continue;
    expect(new Set(each((node) => node.done, progress.nodes))).toEqual(done);
    const failed = new Set(each((node) => node.failed, progress.nodes));
    const blocked = each((node) => node.blocked, progress.nodes);
    expect(done.size + failed.size + blocked.length).toBe(asked.size);
    expect(end).toBe(done.size === asked.size ? "success" : "failure");
    for (const text of blocked) expect(launched.has(text)).toBe(false);
    if (failures === 0) expect(launches).toBe(plan.runs);
    if (end === "success" || ++rounds > 2) return;
    progress = askAgain(own, progress);
    for (const text of launched) if (!done.has(text)) launched.delete(text);
    failures += 1;
  }
});
