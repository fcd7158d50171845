import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { Asset } from "../../platform/core/definitions-snapshot.ts";
import { evaluateStaleness } from "../../platform/graph/staleness.ts";
import { factsInCommonOrder, type ProjectFacts } from "../../platform/instance/common-order.ts";
import type { PartitionFact } from "../../platform/storage/partition-facts.ts";

function asset(key: string, ...deps: readonly string[]): Asset {
  const plain = { owners: [], tags: {}, kinds: [], checks: [], groupName: "default" };
  return { key: key as AssetKey, materializable: true, deps: deps as AssetKey[], ...plain };
}

interface Made {
  readonly key: string;
  /** Cursor and time. */
  readonly start: readonly [number, number | undefined];
  readonly change: readonly [number, number];
}

function project(...all: readonly Made[]): ProjectFacts {
  const facts = all.map(({ key, start, change }) => {
    const [startedCursor] = start;
    const [changedCursor, changedAt] = change;
    const fact = {
      partition: null,
      startedCursor,
      changedCursor,
      changedAt,
      at: changedAt,
      codeVersion: null,
    };
    return [key, { partitions: [fact as unknown as PartitionFact] }] as const;
  });
  const times = all.flatMap(({ start: [cursor, at] }) => (at === undefined ? [] : [[cursor, at] as const]));
  return { facts: new Map(facts), times: new Map(times) };
}

function statusOf(key: string, assets: readonly Asset[], projects: readonly ProjectFacts[]) {
  const now = Temporal.Instant.from("2026-01-04T00:00Z");
  return evaluateStaleness({ assets }, factsInCommonOrder(projects), { now }).of(key)?.status;
}

test.for([
  { when: "before the change", start: 4000, status: "stale" },
  { when: "at the same millisecond", start: 5000, status: "stale" },
  { when: "after the change", start: 5001, status: "fresh" },
])("what was started $when in another project is $status", ({ start, status }) => {
  const assets = [asset("mart", "raw"), asset("raw")];
  // The logs have nothing in common: here the reader's is far shorter, or far longer.
  for (const base of [1, 900_000]) {
    const reports = project({ key: "mart", start: [base, start], change: [base + 1, start + 100] });
    const sales = project({ key: "raw", start: [5000, 4900], change: [5001, 5000] });
    expect(statusOf("mart", assets, [reports, sales])).toBe(status);
    expect(statusOf("mart", assets, [sales, reports])).toBe(status);
  }
});

test("inside a project its own order stands, whatever the clocks say", () => {
  const assets = [asset("clean", "raw"), asset("raw")];
  const own = project(
    { key: "raw", start: [1, 9000], change: [2, 9500] },
    { key: "clean", start: [3, 8000], change: [4, 8100] },
  );
  const other = project({ key: "x", start: [1, 8500], change: [2, 9100] });
  expect(statusOf("clean", assets, [own, other])).toBe("fresh");
  const later = project(
    { key: "clean", start: [1, 9000], change: [2, 9500] },
    { key: "raw", start: [3, 8000], change: [4, 8100] },
  );
  expect(statusOf("clean", assets, [later, other])).toBe("stale");
});

test("what one attempt made together is not stale for its own sake", () => {
  const assets = [asset("a", "b"), asset("b")];
  const own = project(
    { key: "a", start: [1, 10], change: [2, 20] },
    { key: "b", start: [1, 10], change: [3, 30] },
  );
  expect(statusOf("a", assets, [own, project()])).toBe("fresh");
});

test("a start whose time was purged counts as late as what it made", () => {
  const assets = [asset("mart", "raw"), asset("raw")];
  const reports = project({ key: "mart", start: [1, undefined], change: [2, 6000] });
  const sales = project({ key: "raw", start: [1, 4900], change: [2, 5000] });
  expect(statusOf("mart", assets, [reports, sales])).toBe("fresh");
});

test("staleness is carried from one project through another", () => {
  const assets = [asset("mart", "clean"), asset("clean", "raw"), asset("raw")];
  const sales = project(
    { key: "clean", start: [3, 3000], change: [4, 3100] },
    { key: "raw", start: [5, 5000], change: [6, 5100] },
  );
  const reports = project({ key: "mart", start: [1, 6000], change: [2, 6100] });
  const now = Temporal.Instant.from("2026-01-04T00:00Z");
  const found = evaluateStaleness({ assets }, factsInCommonOrder([reports, sales]), { now }).of("mart");
  expect(found).toMatchObject({
    status: "stale",
    causes: [{ kind: "data", asset: "raw", sinceMs: 5100, through: ["clean"] }],
  });
});
