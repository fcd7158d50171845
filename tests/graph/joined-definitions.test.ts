import { expect, test } from "vitest";
import type { AssetKey, CheckKey } from "../../platform/core/asset-key.ts";
import type { Asset, AssetCheck, SnapshotDefinitions } from "../../platform/core/definitions-snapshot.ts";
import { isDefined, joinedDefinitions } from "../../platform/graph/joined-definitions.ts";

const component = { file: "defs/a.ts", document: 1, type: "module" };

function asset(key: string, more: Partial<Asset> = {}): Asset {
  const plain = { deps: [], owners: [], tags: {}, kinds: [], checks: [], groupName: "default" };
  return { key: key as AssetKey, materializable: false, ...plain, ...more };
}

const made = (key: string, ...deps: readonly string[]) =>
  asset(key, { materializable: true, step: "make", component, deps: deps as AssetKey[] });
const declared = (key: string) => asset(key, { component });

function project(name: string, assets: readonly Asset[], more: Partial<SnapshotDefinitions> = {}) {
  const empty = { checks: [], steps: [], jobs: [], schedules: [], sensors: [], resources: [], pools: [] };
  return { name, definitions: { ...empty, ioManagers: [], io: "parquet", assets, ...more } };
}

const check = (key: string, of: string): AssetCheck => ({
  key: key as CheckKey,
  name: "c",
  asset: of as AssetKey,
  additionalDeps: [],
  blocking: false,
});

test("a dep is the asset that another project makes", () => {
  const { definitions, projectOf } = joinedDefinitions([
    project("reports", [made("mart", "raw"), asset("raw")]),
    project("sales", [made("raw")]),
  ]);
  expect(definitions.assets.map(({ key, materializable }) => [key, materializable])).toEqual([
    ["mart", true],
    ["raw", true],
  ]);
  expect(["mart", "raw"].map(projectOf)).toEqual(["reports", "sales"]);
});

test.for([
  { what: "made before declared", first: declared("x"), second: made("x"), owner: "b" },
  { what: "declared before a dep alone", first: asset("x"), second: declared("x"), owner: "b" },
  {
    what: "looked at before declared",
    first: declared("x"),
    second: asset("x", { step: "look", component }),
    owner: "b",
  },
  { what: "the first of two declared", first: declared("x"), second: declared("x"), owner: "a" },
  { what: "nobody's where nobody defines it", first: asset("x"), second: asset("x"), owner: undefined },
])("of equal keys that counts which is $what", ({ first, second, owner }) => {
  const { projectOf, contested } = joinedDefinitions([project("a", [first]), project("b", [second])]);
  expect([projectOf("x"), contested]).toEqual([owner, []]);
});

test("a key that two projects make is told with both, the first keeping it", () => {
  const { projectOf, contested, definitions } = joinedDefinitions([
    project("a", [made("x", "y"), asset("y")]),
    project("b", [made("x")]),
  ]);
  expect(contested).toEqual([{ key: "x", projects: ["a", "b"] }]);
  expect([projectOf("x"), definitions.assets[0]?.deps]).toEqual(["a", ["y"]]);
});

test("checks of all projects stand on the asset, each with its own project", () => {
  const { definitions, projectOf } = joinedDefinitions([
    project("sales", [{ ...made("raw"), checks: ["raw:b" as CheckKey] }], {
      checks: [check("raw:b", "raw")],
    }),
    project("reports", [{ ...declared("raw"), checks: ["raw:a" as CheckKey] }], {
      checks: [check("raw:a", "raw")],
    }),
  ]);
  expect(definitions.assets[0]?.checks).toEqual(["raw:a", "raw:b"]);
  expect(definitions.checks.map(({ key }) => [key, projectOf(key)])).toEqual([
    ["raw:a", "reports"],
    ["raw:b", "sales"],
  ]);
});

test("steps of equal names in two projects stay two", () => {
  const step = {
    name: "make",
    assets: [],
    checks: [],
    canSubset: false,
    execution: "materialize",
    resources: [],
  } as const;
  const { definitions } = joinedDefinitions([
    project("a", [made("x")], { steps: [{ ...step, graph: "g" }] }),
    project("b", [made("y")], { steps: [step] }),
  ]);
  expect(definitions.steps).toMatchObject([{ name: "a:make", graph: "a:g" }, { name: "b:make" }]);
  expect(definitions.assets.map((one) => one.step)).toEqual(["a:make", "b:make"]);
});

test("what nobody defines is told, and what has a place alone is defined", () => {
  const placed = asset("crm", { codeReferences: [{ file: "defs/a.ts", line: 1 }] });
  const { undefinedKeys } = joinedDefinitions([project("a", [made("x", "gone"), asset("gone"), placed])]);
  expect([undefinedKeys, isDefined(placed)]).toEqual([["gone"], true]);
});
