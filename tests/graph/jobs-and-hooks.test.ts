import { expect, test } from "vitest";
import { diffSnapshots } from "../../platform/graph/diff-snapshots.ts";
import { merge, step } from "./loaded-project.ts";

const ops = [step("nightly.one", []), step("nightly.two", [])];
const told = (problems: ReturnType<typeof merge>["problems"]) =>
  problems.map(({ code, severity, hint }) => [code, severity, hint]);

test("a job of ops selects nothing and runs its steps", () => {
  const { snapshot, problems } = merge([
    { jobs: [{ name: "nightly", selection: "", steps: ["nightly.one", "nightly.two"] }], steps: ops },
  ]);
  expect(problems).toEqual([]);
  expect(snapshot.definitions.jobs).toMatchObject([
    { name: "nightly", steps: ["nightly.one", "nightly.two"] },
  ]);
});

test("a job without a selection and without steps is told", () => {
  const { problems } = merge([{ jobs: [{ name: "nightly", selection: "" }] }]);
  expect(problems).toMatchObject([{ code: "invalid-selection" }]);
});

test("a job that runs a step which nobody defines is told", () => {
  const { problems } = merge([
    { jobs: [{ name: "nightly", selection: "", steps: ["nightly.won"] }], steps: ops },
  ]);
  expect(told(problems)).toEqual([["unknown-step", "error", "did you mean `nightly.one`?"]]);
});

test("config for a step that nobody defines is a warning, for a resource an error", () => {
  const config = { steps: { "nightly.tow": {} }, resources: { db: {} } };
  const { problems } = merge([
    { jobs: [{ name: "nightly", selection: "", steps: ["nightly.two"], config }], steps: ops },
  ]);
  expect(told(problems)).toEqual([
    ["unknown-step", "warning", "did you mean `nightly.two`?"],
    ["unknown-resource", "error", "no resource is defined"],
  ]);
});

const bound = {
  name: "nightly",
  selection: "*",
  config: { steps: { a: { limit: 1, all: true } } },
  tags: { team: "data" },
  environments: {
    prod: {
      config: { steps: { a: { limit: 9 }, b: { limit: 2 } }, resources: { db: { size: 3 } } },
      resources: { db: "db_prod" },
      tags: { env: "prod" },
    },
  },
} as const;
const world = {
  assets: [{ key: "a" }, { key: "b" }],
  resources: [
    { key: "db", type: "custom" },
    { key: "db_prod", type: "custom" },
  ],
  jobs: [bound],
};

test("what a job binds in the environment is put over what it binds everywhere", () => {
  const { snapshot, problems } = merge([world], { environment: "prod" });
  expect(problems).toEqual([]);
  const { component: _component, ...job } = snapshot.definitions.jobs[0] as object & { component?: unknown };
  expect(job).toEqual({
    name: "nightly",
    selection: "*",
    config: { steps: { a: { limit: 9, all: true }, b: { limit: 2 } }, resources: { db: { size: 3 } } },
    resources: { db: "db_prod" },
    tags: { team: "data", env: "prod" },
  });
});

test("what a job binds in other environments is in no snapshot", () => {
  const { environments: _environments, ...everywhere } = bound;
  const local = merge([world], { environment: "local" });
  expect(local.snapshot.id).toBe(merge([{ ...world, jobs: [everywhere] }]).snapshot.id);
});

test("hooks stand in the snapshot by name, and move its id", () => {
  const hooks = [
    { name: "tell", on: "failure" },
    { name: "note", on: "end" },
  ] as const;
  const { snapshot } = merge([{ hooks }]);
  expect(snapshot.definitions.hooks?.map(({ name }) => name)).toEqual(["note", "tell"]);
  const without = merge([{}]).snapshot;
  expect(without.definitions).not.toHaveProperty("hooks");
  expect(diffSnapshots(without, snapshot).changes).toMatchObject([
    { kind: "hook", key: "note", change: "added" },
    { kind: "hook", key: "tell", change: "added" },
  ]);
});

test("two hooks of one name are told, and hooks that nobody defines", () => {
  const hooks = [{ name: "tell", on: "failure" }] as const;
  expect(merge([{ hooks }, { hooks }]).problems).toMatchObject([{ code: "duplicate-name" }]);
  const { problems } = merge([
    {
      hooks: [{ name: "tell", on: "end", resources: ["chat"] }],
      jobs: [{ name: "nightly", selection: "", steps: ["nightly.one"], hooks: ["tel"] }],
      steps: [{ ...(ops[0] as (typeof ops)[number]), hooks: ["told"] }],
    },
  ]);
  expect(problems.map(({ code }) => code).toSorted()).toEqual([
    "unknown-hook",
    "unknown-hook",
    "unknown-resource",
  ]);
});
