import { expect, test } from "vitest";
import type { AssetKey, CheckKey } from "../../platform/core/asset-key.ts";
import { buildAdjacency, findCycles, topologicalNumbers } from "../../platform/graph/adjacency.ts";
import { assetGraphOf } from "../../platform/graph/asset-graph.ts";
import { keys, merge } from "./loaded-project.ts";

const [a, b, c, d, nobody] = keys("a", "b", "c", "d", "nobody") as [
  AssetKey,
  AssetKey,
  AssetKey,
  AssetKey,
  AssetKey,
];
const { snapshot } = merge([
  {
    assets: [
      { key: "d", deps: ["b", "c"] },
      { key: "b", deps: ["a"] },
      { key: "c", deps: ["a", "a"] },
      { key: "a" },
    ],
    checks: [{ name: "rows", asset: a }],
  },
]);
const graph = assetGraphOf(snapshot.definitions);

test("neighbours are followed as far as asked, without the start", () => {
  expect(graph.upstream(d)).toEqual(["a", "b", "c"]);
  expect(graph.upstream(d, 1)).toEqual(["b", "c"]);
  expect(graph.downstream(a, 1)).toEqual(["b", "c"]);
  expect(graph.downstream([a, b])).toEqual(["c", "d"]);
  expect(graph.downstream(c, 0)).toEqual([]);
  expect(graph.upstream(nobody)).toEqual([]);
});

test("every asset comes after what it depends on", () => {
  expect(graph.topologicalOrder()).toEqual(["a", "b", "c", "d"]);
});

test("assets and checks are found by key", () => {
  expect(graph.findAsset(a)?.key).toBe("a");
  expect(graph.findAsset(nobody)).toBeUndefined();
  expect(() => graph.getAsset(nobody)).toThrow(RangeError);
  expect(graph.findCheck("a:rows" as CheckKey)?.asset).toBe("a");
});

test("a deep chain is ordered without running out of stack", () => {
  const chain = buildAdjacency(50_000, (node) => (node === 0 ? [] : [node - 1]));
  expect(topologicalNumbers(chain).at(-1)).toBe(49_999);
  expect(findCycles(chain)).toEqual([]);
});

test("a long circle is found as one", () => {
  const circle = buildAdjacency(20_000, (node) => [(node + 1) % 20_000]);
  expect(findCycles(circle)).toHaveLength(1);
  expect(findCycles(circle)[0]?.way).toHaveLength(20_000);
  expect(findCycles(circle)[0]?.closing).toEqual([[19_999, 0]]);
});

test("of entangled circles the shortest through the first node is told, and all are opened", () => {
  const edges: { readonly [node: number]: readonly number[] } = {
    0: [1],
    1: [2, 0],
    2: [0],
    3: [4],
    4: [3],
    5: [0],
  };
  const cycles = findCycles(buildAdjacency(6, (node) => edges[node] ?? []));
  expect(cycles.map(({ way, group }) => ({ way, group }))).toEqual([
    { way: [0, 1], group: [0, 1, 2] },
    { way: [3, 4], group: [3, 4] },
  ]);
  const closing = cycles.flatMap((cycle) => cycle.closing.map(String));
  const opened = buildAdjacency(6, (node) =>
    (edges[node] ?? []).filter((target) => !closing.includes(`${node},${target}`)),
  );
  expect(findCycles(opened)).toEqual([]);
  expect(topologicalNumbers(opened)).toHaveLength(6);
});
