import { expect, test } from "vitest";
import type { Asset } from "../../platform/core/definitions-snapshot.ts";
import type { PartitionMapping, PartitionsDefinition } from "../../platform/core/partitions.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { evaluateStaleness } from "../../platform/graph/staleness.ts";
import type { StalenessFact, StalenessFacts } from "../../platform/graph/staleness-facts.ts";
import { hasOrdinal } from "../../platform/partition/ordinals.ts";
import { naiveStaleness, slicesOf } from "./staleness-naive.ts";

const moment = { now: Temporal.Instant.from("2026-01-11T00:00Z"), dynamicKeys: { shops: ["a", "b"] } };
const daily = cadencePartitions("daily", { start: "2026-01-01" });
const static3: PartitionsDefinition = { type: "static", keys: ["x", "y", "z"] };

interface Written {
  readonly key: string;
  readonly deps?: readonly string[];
  readonly codeVersion?: string;
  readonly external?: true;
  readonly partitions?: PartitionsDefinition;
  readonly mappings?: { readonly [upstream: string]: PartitionMapping };
}

function defined(...written: readonly Written[]): Asset[] {
  return written.map(
    ({ key, deps = [], codeVersion, external, partitions, mappings }) =>
      ({
        key,
        deps,
        materializable: external !== true,
        ...(codeVersion === undefined ? {} : { codeVersion }),
        ...(partitions === undefined ? {} : { partitions }),
        ...(mappings === undefined ? {} : { partitionMappings: mappings }),
      }) as unknown as Asset,
  );
}

/** A fact of an attempt that started and changed the data at these places of the log. */
function made(started: number, changed: number, more: Partial<StalenessFact> = {}): StalenessFact {
  return {
    partition: null,
    startedCursor: started,
    changedCursor: changed,
    changedAt: changed * 1000,
    codeVersion: null,
    ...more,
  };
}

function remembered(facts: {
  readonly [key: string]: StalenessFact | readonly StalenessFact[];
}): StalenessFacts {
  return new Map(Object.entries(facts).map(([key, given]) => [key, { partitions: [given].flat() }]));
}

function judged(assets: readonly Asset[], facts: Parameters<typeof remembered>[0]) {
  const staleness = evaluateStaleness({ assets }, remembered(facts), moment);
  return Object.fromEntries(assets.map(({ key }) => [key, staleness.of(key)]));
}

test("an asset that was never materialized is missing and makes nothing stale", () => {
  const assets = defined({ key: "raw" }, { key: "mart", deps: ["raw"] });
  expect(judged(assets, { mart: made(1, 2) })).toMatchObject({
    raw: { status: "missing", causes: [] },
    mart: { status: "fresh", causes: [] },
  });
});

test("an asset that nobody defines has no staleness", () => {
  expect(evaluateStaleness({ assets: [] }, new Map(), moment).of("raw")).toBeUndefined();
});

test.for([
  { change: "another code version", was: "1", is: "2", status: "stale" },
  { change: "the same code version", was: "1", is: "1", status: "fresh" },
  { change: "a code version where there was none", was: null, is: "1", status: "stale" },
  { change: "no code version any more", was: "1", is: undefined, status: "fresh" },
])("with $change an asset is $status", ({ was, is, status }) => {
  const assets = defined({ key: "raw", ...(is === undefined ? {} : { codeVersion: is }) });
  expect(judged(assets, { raw: made(1, 2, { codeVersion: was }) })["raw"]).toEqual({
    status,
    causes:
      status === "fresh" ? [] : [{ kind: "code", asset: "raw", partition: null, sinceMs: null, through: [] }],
  });
});

test.for([
  { when: "after it had started", changed: 4, status: "stale" },
  { when: "before it started", changed: 2, status: "fresh" },
])("an asset whose upstream's data changed $when is $status", ({ changed, status }) => {
  const assets = defined({ key: "raw" }, { key: "mart", deps: ["raw"] });
  const { mart } = judged(assets, { raw: made(1, changed), mart: made(3, 5) });
  expect(mart).toEqual({
    status,
    causes:
      status === "fresh" ? [] : [{ kind: "data", asset: "raw", partition: null, sinceMs: 4000, through: [] }],
  });
});

test("what one attempt made together is not stale for its own sake", () => {
  const assets = defined({ key: "a" }, { key: "b", deps: ["a"] });
  expect(judged(assets, { a: made(1, 2), b: made(1, 3) })).toMatchObject({ b: { status: "fresh" } });
});

test("everything downstream of a stale asset is stale and names the root and the way", () => {
  const assets = defined(
    { key: "a", codeVersion: "2" },
    { key: "b", deps: ["a"] },
    { key: "c", deps: ["b"] },
    { key: "d", deps: ["c"] },
  );
  const facts = { a: made(1, 2, { codeVersion: "1" }), b: made(3, 4), c: made(5, 6), d: made(7, 8) };
  const { b, d } = judged(assets, facts);
  expect(b).toMatchObject({ status: "stale", causes: [{ kind: "code", asset: "a", through: [] }] });
  expect(d).toMatchObject({ status: "stale", causes: [{ kind: "code", asset: "a", through: ["b", "c"] }] });
});

test("several root causes are told, those of its own first", () => {
  const assets = defined(
    { key: "a" },
    { key: "b", codeVersion: "2" },
    { key: "c", deps: ["a", "b"], codeVersion: "2" },
  );
  const old = { codeVersion: "1" };
  const { c } = judged(assets, { a: made(10, 11), b: made(1, 2, old), c: made(3, 4, old) });
  expect(c?.causes.map(({ kind, asset }) => `${kind} ${asset}`)).toEqual(["code c", "data a", "code b"]);
});

test("of many root causes ten are told, and of a long way the ten nearest", () => {
  const keys = Array.from({ length: 30 }, (_, place) => `a${String(place).padStart(2, "0")}`);
  const wide = defined(
    ...keys.map((key) => ({ key, codeVersion: "2" })),
    { key: "mart", deps: keys },
    { key: "report", deps: ["mart"] },
  );
  const facts = Object.fromEntries(keys.map((key) => [key, made(1, 2)]));
  const { mart, report } = judged(wide, { ...facts, mart: made(3, 4), report: made(5, 6) });
  expect(mart?.causes).toHaveLength(10);
  expect(report).toMatchObject({ status: "stale" });
  expect(report?.causes).toHaveLength(10);

  const long = defined(
    ...keys.map((key, place) => ({
      key,
      ...(place === 0 ? { codeVersion: "2" } : { deps: [keys[place - 1] as string] }),
    })),
  );
  const { a29 } = judged(long, facts);
  expect(a29?.causes).toMatchObject([{ kind: "code", asset: "a00", through: keys.slice(19, 29) }]);
});

test("an external asset is fresh, and without facts it is looked through", () => {
  const assets = defined(
    { key: "a" },
    { key: "view", deps: ["a"], external: true },
    { key: "c", deps: ["view"] },
  );
  const { view, c } = judged(assets, { a: made(5, 6), c: made(3, 4) });
  expect(view).toEqual({ status: "fresh", causes: [] });
  expect(c).toEqual({
    status: "stale",
    causes: [{ kind: "data", asset: "a", partition: null, sinceMs: 6000, through: ["view"] }],
  });
});

test("a stale asset behind an external one without facts makes its readers stale", () => {
  const assets = defined(
    { key: "a", codeVersion: "2" },
    { key: "view", deps: ["a"], external: true },
    { key: "c", deps: ["view"] },
  );
  const { c } = judged(assets, { a: made(1, 2), c: made(3, 4) });
  expect(c).toMatchObject({ causes: [{ kind: "code", asset: "a", through: ["view"] }] });
});

test("an external asset with observations changes as they say, and not as what is behind it", () => {
  const assets = defined(
    { key: "a", codeVersion: "2" },
    { key: "source", deps: ["a"], external: true },
    { key: "c", deps: ["source"] },
  );
  const facts = { a: made(1, 2), source: made(5, 6), c: made(7, 8) };
  expect(judged(assets, facts)["c"]).toMatchObject({ status: "fresh" });
  expect(judged(assets, { ...facts, source: made(9, 10) })["c"]).toMatchObject({
    causes: [{ kind: "data", asset: "source" }],
  });
});

const days = ["2026-01-01", "2026-01-02", "2026-01-03"] as const;

test("a partition is stale when the upstream slice that it reads changed, and others are not", () => {
  const assets = defined(
    { key: "a", partitions: daily },
    { key: "b", deps: ["a"], partitions: daily },
    { key: "total", deps: ["b"] },
  );
  const { a, b, total } = judged(assets, {
    a: days.map((partition, place) => made(partition === days[1] ? 50 : place, 51 - place, { partition })),
    b: days.map((partition) => made(50, 50, { partition })),
    total: made(60, 61),
  });
  expect(a).toMatchObject({ status: "missing", slices: { stale: [], missing: [[3, 10]] } });
  expect(b).toMatchObject({
    status: "stale",
    slices: { stale: [[0, 1]], missing: [[3, 10]] },
    causes: [{ kind: "data", asset: "a", partition: days[0], sinceMs: 51_000 }],
  });
  expect(total).toMatchObject({
    status: "stale",
    causes: [{ kind: "data", asset: "a", partition: days[0], through: ["b"] }],
  });
});

test("where several partitions are concerned a cause names none, and the earliest time", () => {
  const assets = defined({ key: "a", partitions: daily }, { key: "total", deps: ["a"] });
  const facts = { a: days.map((partition, place) => made(5, 6 + place, { partition })), total: made(1, 2) };
  expect(judged(assets, facts)["total"]?.causes).toMatchObject([
    { asset: "a", partition: null, sinceMs: 6000 },
  ]);
});

test("an asset that reads its own earlier partition is stale from the changed one on", () => {
  const yesterday: PartitionMapping = {
    type: "time_window",
    startOffset: -1,
    endOffset: -1,
    allowNonexistent: true,
  };
  const assets = defined({ key: "a", deps: ["a"], partitions: daily, mappings: { a: yesterday } });
  const all = slicesOf(assets[0] as Asset, moment) as string[];
  const inOrder = all.map((partition, place) => made(place * 2, place * 2 + 1, { partition }));
  expect(judged(assets, { a: inOrder })["a"]).toMatchObject({ status: "fresh" });
  const again = inOrder.with(4, made(100, 101, { partition: all[4] as string }));
  expect(judged(assets, { a: again })["a"]).toMatchObject({ slices: { stale: [[5, 10]] } });
});

test("facts of partitions that do not exist any more, or of an asset's time without partitions, are left out", () => {
  const assets = defined({ key: "a", partitions: static3 }, { key: "b" });
  const { a, b } = judged(assets, {
    a: [made(1, 2), made(1, 2, { partition: "gone" }), made(1, 2, { partition: "y" })],
    b: made(1, 2, { partition: "x" }),
  });
  expect(a).toMatchObject({
    slices: {
      stale: [],
      missing: [
        [0, 1],
        [2, 3],
      ],
    },
  });
  expect(b).toMatchObject({ status: "missing" });
});

/** The same numbers for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const definitions: readonly (PartitionsDefinition | undefined)[] = [
  undefined,
  daily,
  cadencePartitions("hourly", { start: "2026-01-08-00:00" }),
  cadencePartitions("weekly", { start: "2025-12-01" }),
  static3,
  { type: "static", keys: ["y", "z"] },
  { type: "dynamic", name: "shops" },
  { type: "multi", dimensions: { day: cadencePartitions("daily", { start: "2026-01-08" }), shop: static3 } },
];

function randomProject(seed: number): { assets: Asset[]; facts: StalenessFacts } {
  const random = randomNumbers(seed);
  const written: Written[] = [];
  for (let place = 0; place < 8; place++) {
    const partitions = definitions[random(definitions.length)];
    const deps = written.filter(() => random(3) === 0).map(({ key }) => key);
    const mappings: Record<string, PartitionMapping> = {};
    for (const dep of deps) {
      const upstream = written.find(({ key }) => key === dep)?.partitions;
      if (upstream !== undefined && random(4) === 0)
        mappings[dep] = { type: random(2) === 0 ? "all" : "last" };
      else if (upstream?.type === "time" && partitions?.type === "time" && random(2) === 0)
        mappings[dep] = {
          type: "time_window",
          startOffset: -random(3),
          endOffset: 0,
          allowNonexistent: true,
        };
    }
    written.push({
      key: `a${place}`,
      deps,
      mappings,
      ...(partitions === undefined ? {} : { partitions }),
      ...(random(4) === 0 ? { external: true as const } : {}),
      ...(random(4) === 0 ? { codeVersion: String(random(2)) } : {}),
    });
  }
  const assets = defined(...written);
  // Few different starts, so that some slices come from one attempt.
  const facts = new Map(
    assets.map((asset) => {
      const partitions = slicesOf(asset, moment)
        .filter(() => random(4) > 0)
        .map((partition) => {
          const started = random(30);
          const changed = started + random(40) / 2 - 5;
          return made(started, changed, {
            partition,
            codeVersion: random(2) === 0 ? null : String(random(2)),
          });
        });
      return [asset.key as string, { partitions: random(8) === 0 ? [] : partitions }] as const;
    }),
  );
  return { assets, facts };
}

test("random projects are judged as the rule says word for word", { timeout: 60_000 }, () => {
  let stale = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const { assets, facts } = randomProject(seed);
    const staleness = evaluateStaleness({ assets }, facts, moment);
    const naive = naiveStaleness(assets, facts, moment);
    for (const asset of assets) {
      const found = staleness.of(asset.key);
      const wanted = slicesOf(asset, moment).map((slice) => naive(asset.key, slice));
      const statuses = wanted.map(({ status }) => status);
      const told = statuses.map((_, ordinal) => {
        if (found?.slices === undefined) return found?.status;
        if (hasOrdinal(found.slices.stale, ordinal)) return "stale";
        return hasOrdinal(found.slices.missing, ordinal) ? "missing" : "fresh";
      });
      expect({ seed, key: asset.key, told }).toEqual({ seed, key: asset.key, told: statuses });
      const roots = new Set(wanted.flatMap((one) => [...one.roots]));
      expect(found?.causes.map(({ kind, asset: key }) => `${kind} ${key}`).toSorted()).toEqual(
        [...roots].toSorted(),
      );
      stale += statuses.filter((status) => status === "stale").length;
    }
  }
  expect(stale).toBeGreaterThan(1000);
});
