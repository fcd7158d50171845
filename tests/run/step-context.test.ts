import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AssetKey, CheckKey } from "../../platform/core/asset-key.ts";
import type { RunPlan } from "../../platform/core/run-plan.ts";
import { asset } from "../../platform/define/asset.ts";
import { check } from "../../platform/define/check.ts";
import type { Definitions } from "../../platform/define/definitions.ts";
import { sqlRelation } from "../../platform/define/io-manager.ts";
import { materializeResult, output } from "../../platform/define/output.ts";
import { daily, multiPartitions, staticPartitions } from "../../platform/define/partitions.ts";
import type { StepContext, StepDefinition } from "../../platform/define/step.ts";
import { planOf, runInProcess } from "./run-in-process.ts";

const key = (text: string) => text as AssetKey;

/** One step with several assets and checks, made by hand as a component does it. */
function multi(
  run: (context: StepContext) => Promise<void> | void,
  spec: Partial<StepDefinition> = {},
): Definitions {
  const step: StepDefinition = {
    name: "multi",
    assets: [key("x"), key("y")],
    checks: ["x:fine" as CheckKey],
    canSubset: true,
    execution: "materialize",
    resources: [],
    ...spec,
    run: async (context) => run(context),
  };
  return {
    assets: [{ key: key("x") }, { key: key("y"), deps: [key("x")], skippable: true }],
    checks: [{ name: "fine", asset: key("x") }],
    steps: [step],
  };
}

test("assets that a step does not report are materialized by its success, but not the skippable ones", async () => {
  const { of } = await runInProcess([multi(() => {})]);
  expect(of("asset.materialized").map((event) => event.asset)).toEqual(["x"]);
  expect(of("log")).toMatchObject([{ level: "warning", message: expect.stringContaining("`x:fine`") }]);
});

test("what depends on an asset that its step left out is skipped", async () => {
  const below = asset({ key: "below", deps: ["y"] }, () => {});
  const { outcome, of } = await runInProcess([multi(() => {}), below]);
  expect(outcome).toBe("success");
  expect(of("step.skipped")).toMatchObject([
    { step: "below", reason: "upstream asset `y` was not brought up to date" },
  ]);
});

test("a step gets only what was chosen of it", async () => {
  const seen: unknown[] = [];
  const parts = [
    multi(({ selectedAssets, selectedChecks }) => void seen.push(selectedAssets, selectedChecks)),
  ];
  await runInProcess(parts, { request: { assets: [key("y")] } });
  expect(seen).toEqual([["y"], []]);
});

test("a step cannot report what it was not chosen for", async () => {
  const { of } = await runInProcess([multi((context) => context.materialized(key("z")))]);
  expect(of("step.failed")).toMatchObject([
    { error: { message: expect.stringContaining("`z` is no asset of this step") } },
  ]);
});

test("metadata comes from the IO manager, from what was added and from the report, the later winning", async () => {
  const source = asset({ key: "source" }, ({ addMetadata }) => {
    addMetadata(key("source"), {
      row_count: 10,
      note: "added",
      link: { type: "url", value: "https://a.example" },
    });
    return output([{ n: 1 }], { metadata: { note: "reported", ratio: 0.5 }, dataVersion: "v1" });
  });
  const { of } = await runInProcess([source]);
  expect(of("asset.materialized")).toMatchObject([
    {
      dataVersion: "v1",
      metadata: {
        row_count: { type: "int", value: 10 },
        note: { type: "text", value: "reported" },
        ratio: { type: "float", value: 0.5 },
        link: { type: "url", value: "https://a.example" },
      },
    },
  ]);
});

test("a code version stands in the materialization", async () => {
  const { of } = await runInProcess([asset({ key: "a", codeVersion: "7" }, () => {})]);
  expect(of("asset.materialized")).toMatchObject([{ codeVersion: "7" }]);
});

test("an observable asset is observed", async () => {
  const { of } = await runInProcess([
    asset({ key: "a", observable: true }, () => output(undefined, { dataVersion: "3" })),
  ]);
  expect(of("asset.observed")).toMatchObject([{ asset: "a", dataVersion: "3" }]);
  expect(of("asset.materialized")).toEqual([]);
});

test("reading what is not upstream fails and says what to add", async () => {
  const other = asset({ key: "other" }, () => 1);
  const curious = asset({ key: "curious" }, ({ load }) => load(key("other")));
  const { of } = await runInProcess([other, curious]);
  expect(of("step.failed")).toMatchObject([
    { step: "curious", error: { message: expect.stringContaining("add it to the deps") } },
  ]);
});

test("user code knows keys without the environment's prefix, events carry it", async () => {
  const seen: unknown[] = [];
  const source = asset({ key: "source" }, () => [{ n: 1 }]);
  const below = asset({ key: "below", deps: [source] }, async ({ load, selectedAssets }) => {
    seen.push(selectedAssets, (await load(source.key)) as unknown);
    return [];
  });
  const question = check(below, "question", {}, () => true);
  const plan = JSON.parse(
    JSON.stringify(planOf([source, below, question])).replaceAll(
      /"((?:source|below)(?::question)?)"/g,
      '"dev/ada/$1"',
    ),
  ) as RunPlan;
  const parts = [source, below, question].map((part) => ({
    ...part,
    steps: part.steps.map((step) => ({ ...step, name: `dev/ada/${step.name}` })),
  }));
  const { outcome, of } = await runInProcess(parts, { plan: { ...plan, keyPrefix: "dev/ada" } });
  expect(outcome).toBe("success");
  expect(seen).toEqual([["below"], [{ n: 1 }]]);
  expect(of("asset.materialized").map((event) => event.asset)).toEqual(["dev/ada/source", "dev/ada/below"]);
  expect(of("check.evaluated").map((event) => event.check)).toEqual(["dev/ada/below:question"]);
});

test("the partition of a step has its key and its window in the asset's time zone", async () => {
  const seen: unknown[] = [];
  const partitions = daily({ start: "2026-01-01", timeZone: "Asia/Seoul" });
  const a = asset(
    { key: "a", partitions },
    ({ partition }) =>
      void seen.push(partition?.key, `${partition?.window?.start}`, `${partition?.window?.end}`),
  );
  await runInProcess([a], { request: { partitions: { kind: "keys", keys: ["2026-01-02"] } } });
  expect(seen).toEqual([
    "2026-01-02",
    "2026-01-02T00:00:00+09:00[Asia/Seoul]",
    "2026-01-03T00:00:00+09:00[Asia/Seoul]",
  ]);
});

test("a step for several partitions has no single key, one window over all, and stores each apart", async () => {
  const seen: unknown[] = [];
  const partitions = daily({ start: "2026-01-01" });
  const a = asset(
    { key: "a", partitions, backfillPolicy: { type: "single_run" } },
    async ({ partition, store }) => {
      expect(() => partition?.key).toThrow(RangeError);
      seen.push(`${partition?.window?.end}`);
      for (const one of partition?.keys ?? []) await store(key("a"), [{ day: one }], { partition: one });
    },
  );
  const b = asset({ key: "b", ins: { a } }, ({ a }) => void seen.push(a));
  const request = { partitions: { kind: "ranges", ranges: [["2026-01-01", "2026-01-03"]] } } as const;
  const { of } = await runInProcess([a, b], { request, io: "parquet" });
  expect(seen).toEqual([
    "2026-01-04T00:00:00+00:00[UTC]",
    [{ day: "2026-01-01" }, { day: "2026-01-02" }, { day: "2026-01-03" }],
  ]);
  expect(of("asset.materialized").map(({ asset, partition }) => [asset, partition])).toEqual([
    ["a", "2026-01-01"],
    ["a", "2026-01-02"],
    ["a", "2026-01-03"],
    ["b", null],
  ]);
});

test("the partition of a multi partition has the key of each dimension", async () => {
  const seen: unknown[] = [];
  const partitions = multiPartitions({
    region: staticPartitions(["eu", "us"]),
    day: daily({ start: "2026-01-01" }),
  });
  const a = asset(
    { key: "a", partitions },
    ({ partition }) => void seen.push(partition?.dimensions, `${partition?.window?.start}`),
  );
  await runInProcess([a], {
    request: { partitions: { kind: "keys", keys: ['{"day":"2026-01-02","region":"eu"}'] } },
  });
  expect(seen).toEqual([{ day: "2026-01-02", region: "eu" }, "2026-01-02T00:00:00+00:00[UTC]"]);
});

test.for(["memory", "json", "csv", "parquet", "duckdb"])(
  "a query over upstream assets runs where %s keeps them",
  async (io) => {
    const orders = asset({ key: "raw/orders" }, () => [
      { id: 1, amount: 5 },
      { id: 2, amount: 7 },
    ]);
    const big = asset({ key: "mart/big", deps: [orders] }, () =>
      sqlRelation(
        "select id from staging.orders where amount > 6; -- the big ones\n".replace("; --", " --"),
        {
          "staging.orders": key("raw/orders"),
        },
      ),
    );
    const seen: unknown[] = [];
    const reader = asset({ key: "reader", ins: { big } }, async ({ big, query, relation }) => {
      seen.push(
        big,
        await query(`select count(*) as n, $word as word from ${await relation(key("mart/big"))}`, {
          word: "it's",
        }),
      );
    });
    const { outcome, of } = await runInProcess([orders, big, reader], { io });
    expect(of("step.failed")).toEqual([]);
    expect(outcome).toBe("success");
    expect(seen).toEqual([[{ id: 2 }], [{ n: 1, word: "it's" }]]);
  },
);

test("what a step writes is kept apart from what others write, masked and capped", async () => {
  const talk = (name: string) => async () => {
    for (let line = 0; line < 3; line++) {
      process.stdout.write(`${name} ${line} password hunter22\n`);
      await new Promise(setImmediate);
    }
    process.stderr.write(`${name} ends`);
  };
  const a = asset({ key: "raw/a" }, talk("a"));
  const b = asset({ key: "b" }, talk("b"));
  const { of, logFolder } = await runInProcess([a, b], { secrets: ["hunter22"], logCapBytes: 60 });
  expect(
    of("logs.captured")
      .map(({ step, stream, file }) => `${step} ${stream} ${file}`)
      .toSorted(),
  ).toEqual(["b stderr b.err", "b stdout b.out", "raw/a stderr raw%2Fa.err", "raw/a stdout raw%2Fa.out"]);
  const text = readFileSync(join(logFolder, "raw%2Fa.out"), "utf8");
  expect(text).toBe("a 0 password •••\na 1 password •••\n[output beyond 60 bytes is left out]\n");
  expect(readFileSync(join(logFolder, "b.err"), "utf8")).toBe("b ends\n");
});

test("secrets are masked in errors, logs and metadata before they are told", async () => {
  const a = asset({ key: "a" }, ({ log, addMetadata }) => {
    log.info(`token ${btoa("user:hunter22!")} for hunter22!`);
    addMetadata(key("a"), { url: "https://x.example?p=hunter22%21", nested: { deep: ["hunter22!"] } });
  });
  const b = asset({ key: "b" }, () => {
    throw new Error("login with hunter22! failed");
  });
  const { events } = await runInProcess([a, b], { secrets: ["hunter22!"] });
  const text = JSON.stringify(events);
  expect(text).not.toMatch(/hunter22|aHVudGVyMjI/);
  expect(text).toContain("login with ••• failed");
});

test("the metadata of the newest materialization is of this run if it happened here, else of an earlier one", async () => {
  const seen: unknown[] = [];
  const look = (key: string, deps: string[], about: string[]) =>
    asset({ key, deps }, async ({ context }) => {
      for (const one of about) seen.push(await context.latestMetadata(one as AssetKey));
    });
  const made = asset({ key: "made" }, () => materializeResult({ metadata: { rows: 2 } }));
  const { outcome } = await runInProcess(
    [made, look("reader", ["made", "old", "never"], ["made", "old", "never", "reader"])],
    {
      request: { assets: ["made", "reader"] as AssetKey[] },
      latestMetadata: {
        made: { rows: { type: "int", value: 1 } },
        old: { rows: { type: "int", value: 7 } },
        reader: {},
      },
    },
  );
  expect(outcome).toBe("success");
  expect(seen).toEqual([
    { rows: { type: "int", value: 2 } },
    { rows: { type: "int", value: 7 } },
    undefined,
    {},
  ]);
});

test("metadata of what a step has nothing to do with is refused", async () => {
  const nosy = asset({ key: "nosy" }, async ({ context }) => {
    await context.latestMetadata("other" as AssetKey);
  });
  const { of } = await runInProcess([nosy]);
  expect(of("step.failed")).toMatchObject([
    { error: { name: "StepError", message: expect.stringContaining("`other`") } },
  ]);
});
