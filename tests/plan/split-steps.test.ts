import { expect, test } from "vitest";
import type { AssetKey, CheckKey } from "../../platform/core/asset-key.ts";
import type { RunEvent } from "../../platform/core/event.ts";
import type { RunPlan } from "../../platform/core/run-plan.ts";
import { asset } from "../../platform/define/asset.ts";
import type { Definitions } from "../../platform/define/definitions.ts";
import { leftOfSteps } from "../../platform/plan/left-of-step.ts";
import { planOf } from "../run/run-in-process.ts";

const nothing = () => {};

function project(name: string, assets: { readonly [key: string]: readonly string[] }): Definitions {
  const keys = Object.keys(assets) as AssetKey[];
  return {
    assets: keys.map((key) => ({ key, deps: assets[key] as AssetKey[] })),
    checks: keys.map((key) => ({ asset: key, name: "ok", blocking: true })),
    steps: [
      {
        name,
        assets: keys,
        checks: keys.map((key) => `${key}:ok` as CheckKey),
        canSubset: true,
        execution: "materialize",
        resources: [],
        run: async () => {},
      },
    ],
  };
}

const shape = ({ steps }: RunPlan) =>
  steps.map(({ key, assets, after }) => [key, assets.join(" "), after.toSorted().join(" ")]);

test("another asset between two of a step makes two parts of it, and what can wait goes with the second", () => {
  const plan = planOf([
    project("dbt", { a: [], b: ["a"], c: ["between"], d: ["c", "b"] }),
    asset({ key: "between", deps: ["a"] }, nothing),
  ]);
  expect(shape(plan)).toEqual([
    ["dbt", "a b", ""],
    ["between", "between", "dbt"],
    ["dbt#2", "c d", "between dbt"],
  ]);
  expect(plan.steps.map(({ checks }) => checks)).toEqual([["a:ok", "b:ok"], [], ["c:ok", "d:ok"]]);
});

test("assets between do not make more parts than there are turns", () => {
  const plan = planOf([
    project("dbt", { a: [], b: ["x"], c: ["y"], d: ["z"] }),
    ...[asset({ key: "x", deps: ["a"] }, nothing), asset({ key: "y", deps: ["a"] }, nothing)],
    asset({ key: "z", deps: ["b"] }, nothing),
  ]);
  expect(plan.steps.filter(({ step }) => step === "dbt").map(({ assets }) => assets)).toEqual([
    ["a"],
    ["b", "c"],
    ["d"],
  ]);
});

test("two steps that read each other's assets both run in an order", () => {
  const plan = planOf([project("one", { a: [], d: ["c"] }), project("two", { b: ["a"], c: [] })]);
  const parts = plan.steps.map(({ key, after }) => ({ key, after }));
  expect(parts.length).toBe(3);
  for (const [place, { after }] of parts.entries())
    expect(after.every((key) => parts.findIndex((part) => part.key === key) < place)).toBe(true);
});

test("a step stays whole where nothing comes between its assets", () => {
  const plan = planOf([project("dbt", { a: [], b: ["x", "a"] }), asset({ key: "x" }, nothing)]);
  expect(shape(plan)).toEqual([
    ["x", "x", ""],
    ["dbt", "a b", "x"],
  ]);
});

const told = (step: string, events: object[]) =>
  events.map((event) => ({ step, ...event }) as unknown as RunEvent);
const made = (key: string) => ({ type: "asset.materialized", asset: key, partition: null });
const answered = (check: string, passed: boolean) => ({
  ...{ type: "check.evaluated", check, passed, severity: "error", blocking: true },
});

test("what is left of a step is what it did not make, and what a blocking check refused", () => {
  const plan = planOf([project("dbt", { a: [], b: ["a"], c: ["b"] })]);
  const events = told("dbt", [made("a"), answered("a:ok", true), made("b"), answered("b:ok", false)]);
  const left = leftOfSteps(plan, events);
  expect(left).toEqual({ dbt: { assets: ["b", "c"], checks: ["b:ok", "c:ok"] } });
  const parent = "01900000-0000-7000-8000-000000000009" as never;
  const reexecution = { parent, root: parent, number: 1, automatic: false, stepKeys: ["dbt"], left };
  const [again] = planOf([project("dbt", { a: [], b: ["a"], c: ["b"] })], { reexecution }).steps;
  expect(again).toMatchObject({
    assets: ["b", "c"],
    checks: ["b:ok", "c:ok"],
    blockingChecks: ["b:ok", "c:ok"],
  });
});
