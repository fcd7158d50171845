import { expect, test } from "vitest";
import { assetKey } from "../../platform/core/asset-key.ts";
import { asset } from "../../platform/define/asset.ts";
import { ioManager } from "../../platform/define/io-manager.ts";
import { staticPartitions } from "../../platform/define/partitions.ts";
import type { LoadOptions } from "../../platform/define/step.ts";
import { runInProcess } from "../run/run-in-process.ts";

const shops = assetKey("shops");
const partitions = staticPartitions(["it's", "../x", "b"]);

function shopsIn(io: string, metadata = {}) {
  return asset({ key: "shops", io, partitions, metadata }, ({ partition }) => [
    { shop: partition?.key, n: partition?.key.length },
  ]);
}

/** What an unpartitioned asset sees of all slices. */
async function loaded(io: string, options: LoadOptions, metadata = {}) {
  let seen: unknown;
  const reader = asset({ key: "reader", deps: ["shops"], io: "memory" }, async ({ context }) => {
    const value = await context.load(shops, options);
    const isStream = options.as === "iterable" || options.as === "batches";
    seen = isStream ? await Array.fromAsync(value as AsyncIterable<unknown>) : [...(value as unknown[])];
  });
  const parts = [shopsIn(io, metadata), reader];
  const run = await runInProcess(parts, { request: { partitions: { kind: "all" } } });
  return { run, seen };
}

const tableManagers = ["memory", "json", "csv", "parquet", "duckdb"].map((io) => ({ io }));

test.for(tableManagers)(
  "slices of $io arrive as one table whose rows say their partition",
  async ({ io }) => {
    const { run, seen } = await loaded(io, { as: "table" });
    expect(run.of("step.failed")).toEqual([]);
    expect(
      (seen as { partition: string }[]).toSorted((a, b) => (a.partition < b.partition ? -1 : 1)),
    ).toEqual([
      { shop: "../x", n: 4, partition: "../x" },
      { shop: "b", n: 1, partition: "b" },
      { shop: "it's", n: 4, partition: "it's" },
    ]);
  },
);

test.for(tableManagers)("slices of $io arrive one after the other", async ({ io }) => {
  const { run, seen } = await loaded(io, { as: "iterable" });
  expect(run.of("step.failed")).toEqual([]);
  expect(seen).toEqual([
    { partition: "../x", value: [{ shop: "../x", n: 4 }] },
    { partition: "b", value: [{ shop: "b", n: 1 }] },
    { partition: "it's", value: [{ shop: "it's", n: 4 }] },
  ]);
  expect(run.of("input.loaded")).toMatchObject([{ asset: "shops", metadata: { row_count: { value: 3 } } }]);
});

test("the upstream asset says what the column of its partitions is called", async () => {
  const { seen } = await loaded("parquet", { as: "table" }, { partition_column: "shop" });
  expect((seen as object[]).map((row) => Object.keys(row))).toEqual(Array(3).fill(["n", "shop"]));
});

test("a table larger than memory is read in batches", async () => {
  const large = asset({ key: "large", io: "parquet" }, () =>
    Array.from({ length: 10_000 }, (_, n) => ({ n })),
  );
  let sizes: number[] = [];
  const reader = asset({ key: "reader", deps: ["large"], io: "memory" }, async ({ context }) => {
    const batches = (await context.load(large.key, { as: "batches" })) as AsyncIterable<{ n: number }[]>;
    let sum = 0;
    for await (const batch of batches) {
      sizes = [...sizes, batch.length];
      for (const { n } of batch) sum += n;
    }
    return { sum };
  });
  const run = await runInProcess([large, reader]);
  expect(run.of("step.failed")).toEqual([]);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2048);
  expect(sizes.reduce((a, b) => a + b)).toBe(10_000);
});

test.for(["iterable", "table"] as const)("an unpartitioned asset as %s", async (as) => {
  const upstream = asset({ key: "whole", io: "parquet" }, () => [{ n: 1 }]);
  let seen: unknown;
  const reader = asset({ key: "reader", deps: ["whole"], io: "memory" }, async ({ context }) => {
    seen = await context.load(upstream.key, { as });
  });
  const run = await runInProcess([upstream, reader]);
  if (as === "table") expect(seen).toEqual([{ n: 1 }]);
  else expect(run.of("step.failed")).toMatchObject([{ error: { name: "StepError" } }]);
});

test("a custom IO manager that does not label rows is told of", async () => {
  const values = new Map<string, unknown>();
  const plain = ioManager("plain", () => ({
    async handleOutput({ partitions: [key] = [] }, value) {
      values.set(String(key), value);
      return {};
    },
    loadInput: async () => [...values.values()].flat(),
  }));
  const reader = asset({ key: "reader", deps: ["shops"], io: "memory" }, async ({ context }) => {
    await context.load(shops, { as: "table" });
  });
  const parts = [{ ioManagers: [plain] }, shopsIn("plain"), reader];
  const run = await runInProcess(parts, { request: { partitions: { kind: "all" } } });
  expect(run.of("step.failed")).toMatchObject([
    { step: "reader", error: { name: "StepError", message: expect.stringContaining("`plain`") } },
  ]);
});

test("what another process keeps in memory is told as that", async () => {
  const upstream = asset({ key: "upstream" }, () => [{ n: 1 }]);
  const reader = asset({ key: "reader", ins: { upstream } }, ({ upstream: rows }) => [...rows]);
  const run = await runInProcess([upstream, reader], { request: { assets: [reader.key] } });
  expect(run.of("step.failed")).toMatchObject([
    { error: { name: "StepError", message: expect.stringMatching(/`upstream`.*`memory`.*`parquet`/) } },
  ]);
});
