import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type DbtTargets, invocationsOf, projectFlags, selectionFlags } from "../../lib/dbt/invocation.ts";
import type { DbtNode } from "../../lib/dbt/manifest.ts";
import { type DbtConnection, makeProfile } from "../../lib/dbt/profiles.ts";
import { runDbt } from "../../lib/dbt/run-dbt.ts";
import { podManifest } from "../../lib/dbt/run-kubernetes.ts";
import { dockerCommand } from "../../lib/dbt/run-places.ts";
import { argumentsOf, type DbtProject } from "../../lib/dbt/run-project.ts";
import { overridesOf } from "../../lib/dbt/run-steps.ts";
import { fakeStep } from "./fake-step.ts";

const plain: DbtProject = {
  folder: "/p",
  fullRefresh: false,
  env: {},
  command: "build",
  tests: "after_each",
  invocationMode: "subprocess",
  execution: { type: "local" },
  installDeps: false,
  defer: false,
  favorState: false,
  failFast: false,
  args: [],
  keepsCompiledSql: true,
};

const node = (name: string, folder = "marts", type = "model"): DbtNode => ({
  unique_id: `${type}.shop.${name}`,
  resource_type: type,
  name,
  package_name: "shop",
  fqn: ["shop", folder, name],
  original_file_path: `models/${folder}/${name}.sql`,
});

const [orders, customers] = [node("orders"), node("customers")];
const unique = node("unique_orders", "marts", "test");
const targets = {
  assets: new Map([
    ["orders", orders],
    ["customers", customers],
  ]),
  checks: new Map([["orders:unique_orders", unique]]),
  select: "tag:core",
  tests: true,
} as unknown as DbtTargets;
const asked = (assets: string[], checks: string[]) =>
  ({ selectedAssets: assets, selectedChecks: checks }) as never;
const everything = asked(["orders", "customers"], ["orders:unique_orders"]);
const noTests = ["--exclude-resource-type", "test", "unit_test"];

test.for<{ settings: Partial<DbtProject>; calls: object[]; runs?: boolean }>([
  { settings: {}, calls: [{ command: "build", selection: ["--select", "tag:core"] }] },
  { settings: { tests: "build" }, calls: [{ command: "build", selection: ["--select", "tag:core"] }] },
  {
    settings: { tests: "after_all" },
    calls: [
      { command: "build", selection: ["--select", "tag:core", ...noTests] },
      { command: "test", selection: ["--select", "tag:core"] },
    ],
  },
  {
    settings: { command: "snapshot" },
    calls: [{ command: "snapshot", selection: ["--select", "tag:core"] }],
  },
  { settings: { command: "test" }, calls: [{ command: "test", selection: ["--select", "tag:core"] }] },
])("the calls for $settings are $calls", ({ settings, calls }) => {
  expect(invocationsOf(everything, targets, { ...plain, ...settings })).toEqual(calls);
});

test("without tests dbt is told to leave them out", () => {
  const calls = invocationsOf(asked(["orders", "customers"], []), { ...targets, tests: false }, plain);
  expect(calls).toEqual([{ command: "build", selection: ["--select", "tag:core", ...noTests] }]);
});

test("a model whose name is also a folder's is named with its file", () => {
  const inside = { ...node("items"), fqn: ["shop", "marts", "orders", "items"] };
  const manifest = { nodes: new Map([orders, customers, inside].map((one) => [one.unique_id, one])) };
  expect(selectionFlags(asked(["orders"], ["orders:unique_orders"]), { ...targets, manifest })).toEqual([
    "--select",
    "fqn:shop.marts.orders,path:models/marts/orders.sql",
  ]);
});

test("a long selection names whole folders", () => {
  const many = Array.from({ length: 900 }, (_, place) =>
    node(`a_model_with_a_long_name_${place}`, "staging"),
  );
  const all = [...many, orders, customers];
  const whole = {
    assets: new Map(all.map((one) => [one.name, one])),
    checks: new Map(),
    tests: true,
    manifest: { nodes: new Map(all.map((one) => [one.unique_id, one])) },
  } as unknown as DbtTargets;
  const flags = selectionFlags(asked([...many.map(({ name }) => name), "orders"], []), whole);
  expect(flags).toEqual(["--select", "fqn:shop.staging.*", "fqn:shop.marts.orders"]);
});

test("settings become flags of the commands that take them", () => {
  const project: DbtProject = {
    ...plain,
    target: "prod",
    vars: { day: "2026-01-31" },
    fullRefresh: true,
    failFast: true,
    threads: 8,
    defer: true,
    favorState: true,
    args: ["--empty"],
  };
  const place = {
    folders: { project: "/p", target: "/t", profiles: "/f", state: "/s" },
    window: { start: "2026-01-01T00:00:00", end: "2026-01-02T00:00:00" },
  };
  const shared = [
    ...["--project-dir", "/p", "--target-path", "/t", "--log-path", "/t/logs", "--profiles-dir", "/f"],
    ...["--target", "prod", "--vars", '{"day":"2026-01-31"}', "--threads", "8", "--state", "/s"],
    ...["--defer", "--favor-state", "--fail-fast"],
  ];
  const window = ["--event-time-start", "2026-01-01T00:00:00", "--event-time-end", "2026-01-02T00:00:00"];
  expect(projectFlags(project, "build", place)).toEqual([...shared, "--full-refresh", ...window, "--empty"]);
  expect(projectFlags(project, "test", place)).toEqual([...shared, "--empty"]);
});

test("arguments are text or one name with its value", () => {
  expect(
    argumentsOf(["--empty", { "--vars": { a: 1 } }, { "--sample": "3 days" }, { "--no-print": true }]),
  ).toEqual(["--empty", "--vars", '{"a":1}', "--sample", "3 days", "--no-print"]);
});

test.for([
  { meta: { dop: { dbt: { full_refresh: true } } }, overrides: { full_refresh: true } },
  {
    meta: { cosmos: { operator_kwargs: { vars: { a: 1 }, dbt_cmd_flags: ["--empty"], retries: 3 } } },
    overrides: { vars: { a: 1 }, args: ["--empty"] },
  },
  { meta: { owner: "ann" }, overrides: {} },
])("the meta $meta sets $overrides", ({ meta, overrides }) => {
  expect(overridesOf({ ...orders, config: { meta } })).toEqual(overrides);
});

const key = [
  "-----BEGIN PRIVATE KEY-----",
  "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF",
  "-----END PRIVATE KEY-----",
].join("\n");
const googleKey = JSON.stringify({ client_email: "a@b", private_key: "k", project_id: "p" });

describe("profiles made from a connection", () => {
  test.for<{ connection: DbtConnection; output: object; secrets: string[] }>([
    { connection: { type: "duckdb", path: "/d/x.duckdb" }, output: { path: "/d/x.duckdb" }, secrets: [] },
    {
      connection: { type: "postgres", url: "postgresql://ann:s%2F3@db:6543/shop?sslmode=require" },
      output: { host: "db", port: 6543, user: "ann", dbname: "shop", schema: "public", sslmode: "require" },
      secrets: ["s/3"],
    },
    {
      connection: { type: "redshift", host: "r", user: "u", password: "pw", database: "d" },
      output: { host: "r", port: 5439, dbname: "d" },
      secrets: ["pw"],
    },
    {
      connection: { type: "snowflake", account: "a", user: "u", database: "d", password: "pw", role: "r" },
      output: { account: "a", database: "d", role: "r" },
      secrets: ["pw"],
    },
    {
      connection: { type: "snowflake", account: "a", user: "u", database: "d", private_key: key },
      output: { account: "a" },
      secrets: ["MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"],
    },
    {
      connection: { type: "bigquery", project: "p", dataset: "d", credentials: googleKey },
      output: { method: "service-account-json", dataset: "d", keyfile_json: { client_email: "a@b" } },
      secrets: ["k"],
    },
    {
      connection: { type: "databricks", host: "h", http_path: "/sql", token: "tk", catalog: "c" },
      output: { host: "h", http_path: "/sql", catalog: "c" },
      secrets: ["tk"],
    },
    {
      connection: { type: "spark", host: "h" },
      output: { method: "thrift", schema: "default" },
      secrets: [],
    },
  ])("$connection.type: $output", ({ connection, output, secrets }) => {
    const { text, env } = makeProfile(connection, { profile: "dop", target: "prod" });
    expect(JSON.parse(text)).toMatchObject({
      dop: { target: "prod", outputs: { prod: { type: connection.type, threads: 4, ...output } } },
    });
    expect(Object.values(env)).toEqual(secrets);
    for (const secret of secrets) expect(text).not.toContain(`"${secret}"`);
  });

  test.for<DbtConnection>([
    { type: "http" },
    { type: "snowflake", user: "u" },
    { type: "postgres", url: "nonsense" },
  ])("%j is refused", (connection) => {
    expect(() => makeProfile(connection, { profile: "dop", target: "t" })).toThrow(
      expect.objectContaining({ name: "StepError", retry: "never" }),
    );
  });
});

test("dbt in Docker gets folders as mounts and secrets by its client's environment", () => {
  const made = dockerCommand(["build"], {
    settings: { image: "shop:1", network: "lan", pass_env: ["AWS_REGION"] },
    folders: { project: "/p", target: "/t", profiles: "/f" },
    env: { TOKEN: "s3cret" },
    name: "dop-1",
    user: "1000:1000",
  });
  expect(made).toEqual({
    command: "docker",
    env: { TOKEN: "s3cret" },
    args: [
      ...["run", "--rm", "--init", "--name", "dop-1", "--user", "1000:1000", "--network", "lan"],
      ...["--volume", "/p:/dop/project", "--volume", "/t:/dop/target", "--volume", "/f:/dop/profiles:ro"],
      ...["--env", "TOKEN", "--env", "AWS_REGION", "--workdir", "/dop/project"],
      ...["--entrypoint", "dbt", "shop:1", "build"],
    ],
  });
});

test("dbt in Kubernetes is a pod whose variables and profile are a secret's", () => {
  const manifest = podManifest({
    settings: { image: "shop:1", project_dir: "/app", namespace: "data", secrets: ["warehouse"] },
    name: "dop-1",
    args: ["build"],
    env: { TOKEN: "s3cret" },
    profiles: "dop: {}",
    labels: { run: "1" },
  });
  const metadata = { name: "dop-1", namespace: "data", labels: { run: "1" } };
  expect(manifest).toEqual({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        ...{ apiVersion: "v1", kind: "Secret", metadata, type: "Opaque" },
        stringData: { TOKEN: "s3cret", "profiles.yml": "dop: {}" },
      },
      {
        ...{ apiVersion: "v1", kind: "Pod", metadata },
        spec: {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 25,
          containers: [
            {
              ...{ name: "dbt", image: "shop:1", command: ["dbt"], args: ["build"], workingDir: "/app" },
              env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "dop-1", key: "TOKEN" } } }],
              envFrom: [{ secretRef: { name: "warehouse" } }],
              volumeMounts: [{ name: "profiles", mountPath: "/dop/profiles", readOnly: true }],
            },
          ],
          volumes: [
            {
              name: "profiles",
              secret: { secretName: "dop-1", items: [{ key: "profiles.yml", path: "profiles.yml" }] },
            },
          ],
        },
      },
    ],
  });
});

/** A client that notes its arguments and answers like `kubectl`; dbt's log is `lines`. */
function fakeClient(lines: readonly object[], exitCode: number): { command: string; calls: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), "kubectl-"));
  const [command, log, noted] = [join(folder, "kubectl"), join(folder, "log"), join(folder, "calls")];
  writeFileSync(log, lines.map((line) => JSON.stringify(line)).join("\n"));
  const body = `echo "$*" >> ${noted}\ncase "$*" in *" logs "*) cat ${log};; *" get "*) printf ${exitCode};; esac`;
  writeFileSync(command, `#!/bin/sh\n${body}\n`);
  chmodSync(command, 0o755);
  return { command, calls: () => readFileSync(noted, "utf8").trim().split("\n") };
}

test("a pod's log is reported and its exit code is dbt's; then it is removed", async () => {
  const line = {
    info: { name: "LogModelResult", level: "info", msg: "OK" },
    data: { node_info: { unique_id: orders.unique_id, node_status: "success" } },
  };
  const client = fakeClient([line], 0);
  const kubernetes = { command: client.command, image: "i", project_dir: "/app", namespace: "data" };
  const { step, reports } = fakeStep({ assets: ["orders"], folder: mkdtempSync(join(tmpdir(), "pod-")) });
  await runDbt(step, { ...plain, execution: { type: "kubernetes", settings: kubernetes } }, targets);
  expect(reports.materialized.map(({ asset }) => asset)).toEqual(["orders"]);
  expect(client.calls().map((call) => call.split(" ")[2])).toEqual([
    "apply",
    "wait",
    "logs",
    "wait",
    "get",
    "delete",
  ]);
});

test("the made profile is readable by its owner alone and is gone after a failure", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dbt-profile-"));
  const bin = join(folder, ".venv", "bin");
  mkdirSync(bin, { recursive: true });
  const seen = join(folder, "seen");
  writeFileSync(
    join(bin, "dbt"),
    `#!/bin/sh\nwhile [ "$1" != --profiles-dir ]; do shift; done\necho "$2" > ${seen}\nstat -c %a "$2" "$2/profiles.yml" >> ${seen}\nexit 2\n`,
  );
  chmodSync(join(bin, "dbt"), 0o755);
  const { step } = fakeStep({ assets: ["orders"], folder: join(folder, "data") });
  const project: DbtProject = { ...plain, folder, connection: { type: "duckdb", path: "x.duckdb" } };
  await expect(runDbt({ ...step, projectRoot: folder }, project, targets)).rejects.toMatchObject({
    retry: "never",
  });
  const [profiles = "", ...modes] = readFileSync(seen, "utf8").trim().split("\n");
  expect(modes).toEqual(["700", "600"]);
  expect(existsSync(profiles)).toBe(false);
  expect(readdirSync(join(folder, "data/dbt"))).toEqual([]);
});
