import { expect, test } from "vitest";
import type { Json } from "../../platform/core/metadata.ts";
import type { RunConfig } from "../../platform/core/run.ts";
import type { Definitions } from "../../platform/define/definitions.ts";
import { configFromSettings } from "../../platform/plan/config-from-settings.ts";
import { opStep, withSteps } from "../run/op-step.ts";
import { planOf, snapshotOf } from "../run/run-in-process.ts";

const schema: Json = {
  type: "object",
  additionalProperties: false,
  required: ["table"],
  properties: {
    table: { type: "string" },
    limit: { type: "integer", minimum: 1, default: 100 },
    mode: { enum: ["full", "delta"] },
    retry: { type: "object", properties: { times: { type: "integer", default: 2 } }, default: {} },
    tags: { type: "array", items: { type: "string" } },
  },
};

const definitions = (job: Definitions["jobs"] = []): Definitions[] =>
  withSteps(
    [
      opStep("g.load", { configSchema: schema, resources: ["db"] }),
      opStep("g.free", {}),
      opStep("g.tiny", {
        configSchema: {
          type: "object",
          properties: { limit: { type: "integer" }, label: { type: "string" } },
        },
      }),
    ],
    {
      jobs: job,
      resources: [
        {
          spec: {
            key: "db",
            type: "custom",
            configSchema: { type: "object", properties: { role: { type: "string", default: "reader" } } },
          },
          create() {},
        },
        { spec: { key: "plain", type: "custom" }, create() {} },
      ] as never,
    },
  );

const plan = (config: RunConfig, job?: RunConfig) =>
  planOf(definitions(job === undefined ? [] : [{ name: "j", selection: "", config: job }]), {
    steps: ["g.load"],
    config,
    ...(job === undefined ? {} : { job: "j" }),
  });
const configOf = (planned: ReturnType<typeof plan>, name: string) =>
  planned.steps.find(({ step }) => step === name)?.config;

test("a step's config has the defaults of its schema, then the job's values, then the request's", () => {
  const planned = plan(
    { steps: { "g.load": { limit: 5 } } },
    { steps: { "g.load": { table: "orders", limit: 7, retry: {} } } },
  );
  expect(configOf(planned, "g.load")).toEqual({ table: "orders", limit: 5, retry: { times: 2 } });
});

test("a step without a schema takes any config", () => {
  const planned = plan({ steps: { "g.load": { table: "t" }, "g.free": { anything: [1] } } });
  expect(configOf(planned, "g.free")).toEqual({ anything: [1] });
});

test("a resource that the run uses has its config, settled", () => {
  expect(plan({ steps: { "g.load": { table: "t" } } }).resourceConfig).toEqual({ db: { role: "reader" } });
});

test("a variable stands where its value will be", () => {
  const planned = plan({ steps: { "g.load": { table: { env: "TABLE" }, limit: { env: "LIMIT" } } } });
  expect(configOf(planned, "g.load")).toMatchObject({ table: { env: "TABLE" }, limit: { env: "LIMIT" } });
});

test.for<{ config: RunConfig; says: RegExp }>([
  { config: {}, says: /`steps\.g\.load` .*table/ },
  { config: { steps: { "g.load": { table: 1 } } }, says: /`steps\.g\.load\.table` must be string/ },
  { config: { steps: { "g.load": { table: "t", limit: 0 } } }, says: /`steps\.g\.load\.limit`/ },
  { config: { steps: { "g.load": { table: "t", tabel: "t" } } }, says: /`tabel`/ },
  { config: { steps: { "g.load": { table: "t", mode: "all" } } }, says: /mode` .*"full", "delta"/ },
  { config: { steps: { "g.lod": {} } }, says: /`steps\.g\.lod`.*did you mean `g\.load`/ },
  { config: { resources: { bd: {} } }, says: /`resources\.bd`/ },
  {
    config: { steps: { "g.load": { table: "t" } }, resources: { plain: { x: 1 } } },
    says: /takes no config/,
  },
  {
    config: { steps: { "g.load": { table: "t" } }, resources: { db: { role: 1 } } },
    says: /`resources\.db\.role`/,
  },
])("config %# is refused with its place: $says", ({ config, says }) => {
  expect(() => plan(config)).toThrow(
    expect.objectContaining({ reason: "invalid-config", message: expect.stringMatching(says) }),
  );
});

const settings = (values: { readonly [path: string]: Json }) =>
  configFromSettings(snapshotOf(definitions()), { assets: [], steps: ["g.load"] }, values);

test.for<{ values: { readonly [path: string]: Json }; config: RunConfig }>([
  { values: { "steps.g.load.table": "orders" }, config: { steps: { "g.load": { table: "orders" } } } },
  { values: { "steps.g.load.limit": "5" }, config: { steps: { "g.load": { limit: 5 } } } },
  { values: { table: "7" }, config: { steps: { "g.load": { table: "7" } } } },
  { values: { limit: "5" }, config: { steps: { "g.load": { limit: 5 }, "g.tiny": { limit: 5 } } } },
  { values: { "retry.times": "4" }, config: { steps: { "g.load": { retry: { times: 4 } } } } },
  { values: { tags: '["a"]' }, config: { steps: { "g.load": { tags: ["a"] } } } },
  { values: { "steps.g.free.any": "[1]" }, config: { steps: { "g.free": { any: [1] } } } },
  { values: { "resources.db.role": "writer" }, config: { resources: { db: { role: "writer" } } } },
  {
    values: { table: "t", "steps.g.load.retry.times": 1, "steps.g.load.retry.wait": 2 },
    config: { steps: { "g.load": { table: "t", retry: { times: 1, wait: 2 } } } },
  },
])("settings %# are a config: $values", ({ values, config }) => {
  expect(settings(values)).toEqual(config);
});

test.for([
  "tabel",
  "steps.g.other.table",
  "resources.nobody.role",
  "__proto__.x",
  "steps.g.load.__proto__.x",
])("the setting %s is refused with the paths that there are", (path) => {
  expect(() => settings({ [path]: "x" })).toThrow(expect.objectContaining({ reason: "invalid-config" }));
});
