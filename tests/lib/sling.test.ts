import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nameParts, streamsOf } from "../../lib/sling/replication.ts";
import { SlingLog } from "../../lib/sling/sling-log.ts";
import { streamAsset } from "../../lib/sling/stream-asset.ts";
import { requireTool } from "../require-tool.ts";
import { fakeStep } from "./fake-step.ts";
import { errorsOf, loadDocuments, stepNamed } from "./load-documents.ts";

test.for([
  { name: "public.Orders", parts: ["public", "orders"] },
  { name: '"public"."My Orders"', parts: ["public", "my_orders"] },
  { name: "file:///data/in.csv", parts: ["file____data_in", "csv"] },
])("$name has the parts $parts", ({ name, parts }) => {
  expect(nameParts(name)).toEqual(parts);
});

test.for([
  { config: {}, key: "target/public/orders", deps: ["public/orders"] },
  { config: { object: "Shop.Orders" }, key: "target/shop/orders", deps: ["public/orders"] },
  { config: { meta: { dagster: { asset_key: "raw.orders" } } }, key: "raw/orders", deps: ["public/orders"] },
  { config: { meta: { dagster: { deps: ["a.b", "c"] } } }, key: "target/public/orders", deps: ["a/b", "c"] },
])("the stream public.orders with $config is $key", ({ config, key, deps }) => {
  expect(streamAsset({ name: "public.orders", config })).toMatchObject({ key, deps, kinds: ["sling"] });
});

test("a written key that no Sling name could become is refused", () => {
  expect(() =>
    streamAsset({ name: "a.b", config: { meta: { dagster: { asset_key: "Raw.Orders" } } } }),
  ).toThrow(TypeError);
});

test("disabled streams are left out and defaults lend their meta", () => {
  const streams = streamsOf({
    source: "A",
    target: "B",
    defaults: { meta: { dagster: { group: "shop" } } },
    streams: { "a.x": null, "a.y": { disabled: true }, "a.z": { meta: { dagster: { asset_key: "z" } } } },
  });
  expect(streams.map(streamAsset)).toMatchObject([
    { key: "target/a/x", groupName: "shop" },
    { key: "z", groupName: "shop" },
  ]);
});

test("the log of one stream and that of several tell the same", () => {
  const line = (msg: string): string => JSON.stringify({ lvl: "info", msg });
  const results = (lines: string[]) => {
    const log = new SlingLog();
    return lines.flatMap((text) => log.read(line(text)).result ?? []);
  };
  expect(
    results([
      "Sling Replication | A -> B | s.t",
      'inserted 2 rows into "s"."t" in 0 secs [42 r/s]',
      "execution succeeded",
    ]),
  ).toEqual([{ name: "s.t", status: "success", rows: 2, object: '"s"."t"' }]);
  expect(
    results([
      "[1 / 2] running stream a",
      "execution failed",
      "[2 / 2] running stream b",
      "execution succeeded",
    ]),
  ).toEqual([
    { name: "a", status: "failure" },
    { name: "b", status: "success" },
  ]);
});

const component = (path: string) => `type: lib.SlingReplicationCollectionComponent
attributes:
  connections:
    LAKE: { type: sqlite, instance: "${path}" }
  replications:
    - path: ./copy.yaml
      include_metadata: [row_count, column_metadata]
      translation:
        key: "raw/{{ stream_definition.config.object | replace('.', '/') }}"
        group_name: raw
`;

const replication = `source: LOCAL
target: LAKE
defaults: { mode: full-refresh }
streams:
  "file://./people.csv": { object: main.people }
  "file://./none.csv": { object: main.none }
`;

const files = { "copy.yaml": replication, "people.csv": "id,name\n1,a\n2,b\n" };

test("streams become assets by the translation", async () => {
  const loaded = await loadDocuments(component("./lake.db"), { files });
  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.snapshot.definitions.assets.filter(({ step }) => step === "demo.copy")).toMatchObject([
    { key: "raw/main/none", groupName: "raw", kinds: ["sling"] },
    { key: "raw/main/people", groupName: "raw", kinds: ["sling"] },
  ]);
  expect(loaded.snapshot.components[0]?.tools).toEqual(["sling"]);
});

test("a replication file with a wrong shape is a problem in that file", async () => {
  const { snapshot } = await loadDocuments(component("./lake.db"), {
    files: { "copy.yaml": "source: A\nstreams: {}\n" },
  });
  expect(snapshot.problems).toContainEqual(
    expect.objectContaining({
      code: "missing-attribute",
      span: expect.objectContaining({ file: "defs/demo/copy.yaml" }),
    }),
  );
});

test("Sling copies the chosen streams, and each that succeeds is reported", {
  timeout: 60_000,
}, async (context) => {
  requireTool(context, "sling");
  const loaded = await loadDocuments(component("./lake.db"), { files });
  const { step, reports } = fakeStep({ assets: ["raw/main/people"] });
  await stepNamed(loaded, "demo.copy").run(step);
  expect(reports.materialized).toMatchObject([
    {
      asset: "raw/main/people",
      options: { metadata: { rows_inserted: 2, row_count: 2, columns: { type: "table_schema" } } },
    },
  ]);
  expect(existsSync(join(loaded.root, "defs/demo/lake.db"))).toBe(true);
});

test("a stream that fails fails the step, and the others are reported all the same", {
  timeout: 60_000,
}, async (context) => {
  requireTool(context, "sling");
  const loaded = await loadDocuments(component("./lake.db"), { files });
  const { step, reports } = fakeStep({ assets: ["raw/main/people", "raw/main/none"] });
  await expect(stepNamed(loaded, "demo.copy").run(step)).rejects.toThrow(/none\.csv/);
  expect(reports.materialized.map(({ asset }) => asset)).toEqual(["raw/main/people"]);
});
