import { afterEach, expect, test } from "vitest";
import { askedOfRun, type RunOptionsInput } from "../../platform/cli/run-options.ts";
import { TemporaryProject } from "./temporary-project.ts";

const projects: TemporaryProject[] = [];
afterEach(() => {
  for (const made of projects.splice(0)) made[Symbol.dispose]();
});

const nothing: RunOptionsInput = {
  config: [],
  partition: undefined,
  tag: [],
  priority: undefined,
  maxRuntime: undefined,
  retries: undefined,
};

async function asked(input: Partial<RunOptionsInput>, files: { readonly [path: string]: string } = {}) {
  const made = new TemporaryProject(files);
  projects.push(made);
  return await askedOfRun({ ...nothing, ...input }, { folder: made.root });
}

test("without options nothing is asked for but no tags", async () => {
  expect(await asked({})).toEqual({ tags: {} });
});

test("lengths, numbers and tags are read", async () => {
  const input = {
    tag: ["a=1", "b=x=y"],
    priority: "-2",
    maxRuntime: "1d12h",
    retries: "3",
    partition: "latest",
  };
  expect(await asked(input)).toEqual({
    tags: { a: "1", b: "x=y" },
    priority: -2,
    maxRuntimeSeconds: 129_600,
    retryPolicy: { maxRetries: 3, strategy: "from_failure", onStepFailure: true },
    partition: "latest",
  });
});

test.for([
  { file: "config.yaml", text: "steps:\n  orders: { limit: 3 }\nresources:\n  api: { url: x }\n" },
  { file: "config.json", text: '{"steps": {"orders": {"limit": 3}}, "resources": {"api": {"url": "x"}}}' },
])("config is read from $file, and single values go over it", async ({ file, text }) => {
  expect(await asked({ config: [file, "steps.orders.limit=5", "name=a=b"] }, { [file]: text })).toEqual({
    tags: {},
    config: { steps: { orders: { limit: 3 } }, resources: { api: { url: "x" } } },
    settings: { "steps.orders.limit": "5", name: "a=b" },
  });
});

test.for([
  { wrong: "is not there", text: undefined },
  { wrong: "does not parse", text: "steps: [a\n" },
  { wrong: "has a part of another name", text: "ops: { orders: {} }\n" },
  { wrong: "has a list where steps are named", text: "steps: [orders]\n" },
  { wrong: "has a value where a step's fields are", text: "steps: { orders: 3 }\n" },
  { wrong: "is empty", text: "" },
  { wrong: "has two documents", text: "steps: {}\n---\nsteps: {}\n" },
])("a config file that $wrong is refused", async ({ text }) => {
  const files = text === undefined ? {} : { "config.yaml": text };
  await expect(asked({ config: ["config.yaml"] }, files)).rejects.toMatchObject({ name: "CommandError" });
});

test.for([
  { config: ["a.yaml", "b.yaml"] },
  { config: ["=3"] },
  { tag: ["nothing"] },
  { priority: "1.5" },
  { maxRuntime: "0s" },
  { retries: "-1" },
])("the options %o are refused", async (input) => {
  await expect(asked(input)).rejects.toMatchObject({ name: "CommandError" });
});
