import { expect, test } from "vitest";
import type { Asset } from "../../platform/core/definitions-snapshot.ts";
import type { AssetGraph } from "../../platform/graph/asset-graph.ts";
import { hintForEmpty, SelectionError, selectAssets } from "../../platform/graph/select-assets.ts";
import { parseSelection, type Selection } from "../../platform/graph/selection.ts";
import { merge } from "./loaded-project.ts";

const columns = {
  type: "table_schema",
  value: {
    columns: [
      { name: "id", type: "int" },
      { name: "email", type: "text", tags: { pii: "yes" } } as { name: string; type: string },
    ],
  },
} as const;

const { graph } = merge([
  {
    assets: [
      {
        key: "raw/orders",
        groupName: "raw",
        kinds: ["sling"],
        tags: { domain: "sales" },
        owners: ["team:data"],
      },
      {
        key: "raw/users",
        groupName: "raw",
        metadata: { schema: columns, "dagster/table_name": { type: "text", value: "db.users" } },
      },
      { key: "stg/orders", groupName: "staging", deps: ["raw/orders"], tags: { domain: "sales", tier: "2" } },
      { key: "stg/users", groupName: "staging", deps: ["raw/users"] },
      {
        key: "mart/orders",
        groupName: "mart",
        deps: ["stg/orders", "stg/users"],
        owners: ["ann@example.com"],
      },
      { key: "mart/report", groupName: "mart", deps: ["mart/orders"] },
    ],
  },
]);

test.for([
  { text: "*", count: 6 },
  { text: "raw/orders", keys: ["raw/orders"] },
  { text: '"raw/*"', keys: ["raw/orders", "raw/users"] },
  { text: "raw/*", keys: ["raw/orders", "raw/users"] },
  { text: "*/orders", keys: ["mart/orders", "raw/orders", "stg/orders"] },
  { text: "orders", keys: [] },
  { text: 'key:"raw/users"', keys: ["raw/users"] },
  { text: "key_substring:order", keys: ["mart/orders", "raw/orders", "stg/orders"] },
  { text: "group:raw", keys: ["raw/orders", "raw/users"] },
  {
    text: "group:*a*",
    keys: ["mart/orders", "mart/report", "raw/orders", "raw/users", "stg/orders", "stg/users"],
  },
  { text: "kind:sling", keys: ["raw/orders"] },
  { text: "owner:team:data or owner:ann@example.com", keys: ["mart/orders", "raw/orders"] },
  { text: "tag:domain=sales", keys: ["raw/orders", "stg/orders"] },
  { text: "tag:tier", keys: ["stg/orders"] },
  { text: "tag:tier=3", keys: [] },
  { text: "column:email", keys: ["raw/users"] },
  { text: "column_tag:pii=yes", keys: ["raw/users"] },
  { text: "column_tag:pii=no", keys: [] },
  { text: "table_name:db.users", keys: ["raw/users"] },
  { text: "group:staging and not stg/users", keys: ["stg/orders"] },
  { text: "raw/orders+1", keys: ["raw/orders", "stg/orders"] },
  { text: "raw/orders+", keys: ["mart/orders", "mart/report", "raw/orders", "stg/orders"] },
  { text: "1+mart/orders", keys: ["mart/orders", "stg/orders", "stg/users"] },
  { text: "1+stg/orders+1", keys: ["mart/orders", "raw/orders", "stg/orders"] },
  { text: "0+mart/orders", keys: ["mart/orders"] },
  { text: "sinks(*)", keys: ["mart/report"] },
  { text: "roots(+mart/orders)", keys: ["raw/orders", "raw/users"] },
  { text: "sinks(group:staging or group:raw)", keys: ["stg/orders", "stg/users"] },
  { text: "(raw/* or stg/*) and +stg/orders", keys: ["raw/orders", "stg/orders"] },
])("'$text' selects", ({ text, keys, count }) => {
  const selected = selectAssets(graph, text);
  if (count === undefined) expect(selected).toEqual(keys);
  else expect(selected).toHaveLength(count);
});

test("key patterns match with and without the environment's prefix", () => {
  const prefixed = merge([{ assets: [{ key: "raw/orders" }] }], { keyPrefix: "dev" }).graph;
  for (const text of ["raw/orders", "dev/raw/orders", "raw/*", "*/orders"])
    expect(selectAssets(prefixed, text), text).toEqual(["dev/raw/orders"]);
});

test("what lies outside the definitions is asked of the caller", () => {
  expect(
    selectAssets(graph, "status:failed and group:raw", {
      status: (key, value) => value === "failed" && key === "raw/users",
    }),
  ).toEqual(["raw/users"]);
  expect(() => selectAssets(graph, "group:raw or status:failed")).toThrow(SelectionError);
});

test.for([
  { text: "raw/oders", hint: "did you mean `raw/orders`?" },
  { text: "report", hint: "did you mean `mart/report`?" },
  { text: "group:stagin", hint: "did you mean `staging`?" },
  { text: "raw/orders and kind:slng", hint: "did you mean `sling`?" },
  { text: "tag:nothing", hint: undefined },
])("when '$text' matches nothing, the hint is $hint", ({ text, hint }) => {
  const parsed = parseSelection(text);
  expect("selection" in parsed && hintForEmpty(parsed.selection, graph)).toBe(hint);
});

test("a text that is no selection throws with its column", () => {
  expect(() => selectAssets(graph, "a and")).toThrow(
    expect.objectContaining({ fault: expect.objectContaining({ column: 6 }) }),
  );
});

test("random selections agree with a reading of the grammar set by set", () => {
  const random = randomNumbers(17);
  for (let round = 0; round < 20; round++) {
    const graph = randomGraph(random);
    for (let one = 0; one < 30; one++) {
      const text = randomText(random, 3);
      const parsed = parseSelection(text);
      if ("fault" in parsed) throw new Error(`${text}: ${parsed.fault.reason}`);
      expect(selectAssets(graph, text), text).toEqual([...naiveSet(parsed.selection, graph)].sort());
    }
  }
});

function naiveSet(selection: Selection, graph: AssetGraph): Set<string> {
  const all = graph.assets;
  const where = (test: (asset: Asset) => boolean) => new Set<string>(all.filter(test).map(({ key }) => key));
  const dependents = (key: string) =>
    all.filter(({ deps }) => (deps as readonly string[]).includes(key)).map((asset) => asset.key as string);
  const deps = (key: string) => (all.find((asset) => asset.key === key)?.deps ?? []) as readonly string[];
  const reach = (from: Set<string>, depth: number, next: (key: string) => readonly string[]): Set<string> => {
    if (depth === 0) return from;
    const wider = new Set([...from, ...[...from].flatMap(next)]);
    return wider.size === from.size ? from : reach(wider, depth - 1, next);
  };
  switch (selection.kind) {
    case "all":
      return where(() => true);
    case "attribute":
      return where(
        ({ key, groupName }) => (selection.attribute === "group" ? groupName : key) === selection.pattern,
      );
    case "not": {
      const without = naiveSet(selection.operand, graph);
      return where(({ key }) => !without.has(key));
    }
    case "and":
      return selection.operands.map((part) => naiveSet(part, graph)).reduce((a, b) => a.intersection(b));
    case "or":
      return new Set(selection.operands.flatMap((part) => [...naiveSet(part, graph)]));
    case "spread": {
      const from = naiveSet(selection.operand, graph);
      return new Set([...reach(from, selection.up, deps), ...reach(from, selection.down, dependents)]);
    }
    case "sinks":
    case "roots": {
      const from = naiveSet(selection.operand, graph);
      const next = selection.kind === "sinks" ? dependents : deps;
      return new Set([...from].filter((key) => !next(key).some((other) => from.has(other))));
    }
  }
}

function randomGraph(random: (limit: number) => number): AssetGraph {
  const assets = Array.from({ length: 12 }, (_, index) => ({
    key: `k${index}`,
    groupName: `g${random(3)}`,
    deps: Array.from({ length: random(3) }, () => random(12))
      .filter((other) => other < index)
      .map((other) => `k${other}`),
  }));
  return merge([{ assets }]).graph;
}

function randomText(random: (limit: number) => number, depth: number): string {
  const leaf = (): string => ["*", `k${random(12)}`, `group:g${random(3)}`][random(3)] as string;
  if (depth === 0) return leaf();
  const inner = (): string => randomText(random, depth - 1);
  switch (random(7)) {
    case 0:
      return `(${inner()} and ${inner()})`;
    case 1:
      return `(${inner()} or ${inner()})`;
    case 2:
      return `(not (${inner()}))`;
    case 3:
      return `${["", "+", "1+", "2+"][random(4)]}(${inner()})${["", "+", "+1", "+2"][random(4)]}`;
    case 4:
      return `sinks(${inner()})`;
    case 5:
      return `roots(${inner()})`;
    default:
      return leaf();
  }
}

function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
