import { expect, test } from "vitest";
import { definitionsOf } from "../../platform/define/definitions-of.ts";
import type { StepDefinition } from "../../platform/define/step.ts";
import {
  asset,
  externalAsset,
  materializeResult,
  partitioned,
  type Row,
  sourceAsset,
} from "../../platform/index.ts";
import { toldBy } from "./step-context-stub.ts";

const stepOf = ({ steps }: { readonly steps: readonly StepDefinition[] }) => steps[0] as StepDefinition;

test("a source asset is observed: the text that its function gives is the data version", async () => {
  const file = sourceAsset({ key: "raw/file", resources: ["disk"] }, ({ disk }) => disk.version);
  expect(file.spec).toEqual({ key: "raw/file", deps: [], resources: ["disk"], observable: true });
  expect(stepOf(file)).toMatchObject({ execution: "observe", assets: ["raw/file"] });
  expect(await toldBy(stepOf(file), { resources: { disk: { version: "v7" } } })).toEqual([
    ["observed", "raw/file", { dataVersion: "v7" }],
  ]);
});

test("an observation may say more than a version, or nothing", async () => {
  const told = sourceAsset({ key: "a" }, async () =>
    materializeResult({ dataVersion: "2", metadata: { rows: 3 } }),
  );
  expect(await toldBy(stepOf(told))).toEqual([
    ["observed", "a", { dataVersion: "2", metadata: { rows: 3 } }],
  ]);
  expect(await toldBy(stepOf(sourceAsset({ key: "a" }, () => undefined)))).toEqual([["observed", "a", {}]]);
});

test("an external asset has a spec and no step", () => {
  const rates = externalAsset({ key: "raw/rates", group: "raw", deps: ["raw/bank"] });
  expect(definitionsOf(rates)).toBe(rates);
  expect(rates).not.toHaveProperty("steps");
  expect(rates.assets).toEqual([{ key: "raw/rates", groupName: "raw", deps: ["raw/bank"], resources: [] }]);
});

test("both say what their stored value is, for whoever takes it", () => {
  const rates = externalAsset<{ currency: string }[]>({ key: "raw/rates" });
  const file = sourceAsset<Row[]>({ key: "raw/file" }, () => "1");
  asset({ key: "a", ins: { rates, file } }, (given) => {
    const currency: string | undefined = given.rates[0]?.currency;
    const row: Row | undefined = given.file[0];
    // @ts-expect-error: a rate has no such column
    return [currency, row, given.rates[0]?.colour];
  });
  expect(rates.key).toBe("raw/rates");
});

test("an input of many partitions is one table or one slice after the other", async () => {
  const daily = asset({ key: "daily" }, () => [{ id: 1 }]);
  const total = asset(
    {
      key: "total",
      ins: {
        table: partitioned(daily, { as: "table" }),
        slices: partitioned("weekly", { as: "iterable", mapping: { type: "all" } }),
      },
    },
    async ({ table, slices }) => {
      const row: { id: number; partition: string } | undefined = table[0];
      const keys: string[] = [];
      for await (const { partition } of slices) keys.push(partition);
      // @ts-expect-error: slices are read one after the other
      const wrong = () => slices[0];
      return [row, keys, wrong];
    },
  );
  expect(total.spec).toMatchObject({
    deps: ["daily", "weekly"],
    partitionMappings: { weekly: { type: "all" } },
  });
  const told = await toldBy(stepOf(total), { values: { daily: [], weekly: [{ partition: "a" }] } });
  expect(told.slice(0, 2)).toEqual([
    ["load", "daily", { as: "table" }],
    ["load", "weekly", { as: "iterable" }],
  ]);
});
