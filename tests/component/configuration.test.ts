import { expect, test } from "vitest";
import { type Configuration, readConfiguration } from "../../platform/component/configuration.ts";
import { memoryFiles } from "../../platform/component/file-system.ts";
import type { Problem } from "../../platform/core/problem.ts";

function read(
  dop: unknown,
  options: { variables?: Record<string, string>; environment?: string; text?: string } = {},
) {
  const problems: Problem[] = [];
  const text = options.text ?? JSON.stringify({ name: "p", dop }, null, 2);
  const configuration: Configuration = readConfiguration(
    {
      root: "/p",
      variables: options.variables ?? {},
      files: memoryFiles({ "/p/package.json": text }),
      ...(options.environment === undefined ? {} : { environment: options.environment }),
    },
    (problem) => problems.push(problem),
  );
  return {
    configuration,
    told: problems.map(
      ({ code, span, path }) => `${code} ${span.file}:${span.start.line}:${span.start.column} ${path}`,
    ),
  };
}

test("everything has a default", () => {
  const { configuration, told } = read(undefined);
  expect(told).toEqual([]);
  expect(configuration).toMatchObject({
    defs: ["defs"],
    registry: { lib: "./lib" },
    environment: "local",
    io: "parquet",
    storage: { url: "sqlite:.dop/dop.sqlite" },
    launcher: "local",
    pools: [],
  });
});

const environments = [
  { name: "prod", when: { DEPLOYMENT: "prod" }, key_prefix: "p" },
  { name: "branch", when: { PR: "1", DEPLOYMENT: "x" } },
  { name: "local" },
];

test.for([
  ["the first rule that matches", { DEPLOYMENT: "prod", PR: "1" }, undefined, "prod"],
  ["only a rule whose variables all match", { PR: "1" }, undefined, "local"],
  [
    "DOP_ENVIRONMENT before every rule",
    { DEPLOYMENT: "prod", DOP_ENVIRONMENT: "branch" },
    undefined,
    "branch",
  ],
  ["a name in other case", { DOP_ENVIRONMENT: "PROD" }, undefined, "prod"],
  ["--env before everything", { DOP_ENVIRONMENT: "branch" }, "local", "local"],
] as const)("the environment is %s", ([, variables, environment, expected]) => {
  const { configuration, told } = read(
    { environments },
    { variables, ...(environment === undefined ? {} : { environment }) },
  );
  expect([configuration.environment, told]).toEqual([expected, []]);
});

test("a rule brings its key prefix", () => {
  expect(read({ environments }, { environment: "prod" }).configuration.keyPrefix).toBe("p");
});

test("an environment that no rule names is told", () => {
  expect(read({ environments }, { environment: "prd" }).told).toEqual([
    "unknown-environment package.json:4:5 dop.environments",
  ]);
});

test("any name will do where there are no rules", () => {
  const { configuration, told } = read({}, { environment: "PROD" });
  expect([configuration.environment, told]).toEqual(["PROD", []]);
});

test("a value may come from a variable", () => {
  const { configuration } = read(
    { storage: { url: { env: "STORE" } } },
    { variables: { STORE: "postgres://x" } },
  );
  expect(configuration.storage.url).toBe("postgres://x");
});

test("a value whose variable is not set is the variable's default", () => {
  const dop = { storage: { url: { env: "STORE" } }, env: { STORE: { default: "sqlite:a" } } };
  const { configuration, told } = read(dop);
  expect([configuration.storage.url, told]).toEqual(["sqlite:a", []]);
});

test.for([
  ["an unknown setting", { deffs: "x" }, "invalid-configuration package.json:4:5 dop.deffs"],
  ["a wrong value", { io: 5 }, "invalid-configuration package.json:4:5 dop.io"],
  [
    "an unknown key of an environment",
    { environments: [{ name: "a", whne: {} }] },
    "invalid-configuration package.json:7:9 dop.environments.0.whne",
  ],
  [
    "a rule of a variable",
    { env: { A: { secret: "yes" } } },
    "invalid-configuration package.json:6:9 dop.env.A.secret",
  ],
  ["a variable that is not set", { io: { env: "NOPE" } }, "invalid-configuration package.json:4:5 dop.io"],
  ["a pool below nothing", { pools: { a: -1 } }, "invalid-configuration package.json:5:7 dop.pools.a"],
] as const)("a problem points at its line of package.json: %s", ([, dop, expected]) => {
  expect(read(dop).told).toEqual([expected]);
});

test("what is wrong leaves its default in force and the rest as written", () => {
  expect(read({ io: 5, defs: "other" }).configuration).toMatchObject({ io: "parquet", defs: ["other"] });
});

test("a package.json that is no JSON is told", () => {
  expect(read(undefined, { text: "{ nope" }).told).toHaveLength(1);
});

test("the queue's settings have defaults and read lengths of time", () => {
  expect(read(undefined).configuration.queue).toEqual({
    tagLimits: [],
    maxResumes: 3,
    runsPerWorker: 50,
    workerSilenceSeconds: 12,
    startTimeoutSeconds: 180,
  });
  const { configuration, told } = read({
    queue: {
      max_concurrent_runs: 4,
      tag_limits: [{ key: "team", per_value: true, limit: 1 }],
      max_runtime: "2h",
      retries: { max: 2, delay: "30s" },
    },
  });
  expect(told).toEqual([]);
  expect(configuration.queue).toMatchObject({
    maxConcurrentRuns: 4,
    tagLimits: [{ key: "team", perValue: true, limit: 1 }],
    maxRuntimeSeconds: 7200,
    retryPolicy: { maxRetries: 2, strategy: "from_failure", onStepFailure: true, delaySeconds: 30 },
  });
});

test("a pool has a limit, and may be held by whole runs", () => {
  const { configuration, told } = read({ pools: { api: 2, warehouse: { limit: 1, granularity: "run" } } });
  expect(told).toEqual([]);
  expect(configuration.pools).toEqual([
    { name: "api", limit: 2 },
    { name: "warehouse", limit: 1, granularity: "run" },
  ]);
});

test("a setting of the queue that there is none of is told", () => {
  expect(read({ queue: { max_runs: 1 } }).told).toMatchObject([
    expect.stringContaining("dop.queue.max_runs"),
  ]);
});
