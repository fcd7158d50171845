import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { asset } from "../../platform/define/asset.ts";
import { artifactPath, LocalArtifacts } from "../../platform/run/local-artifacts.ts";
import type { PoolGate } from "../../platform/run/pool-gate.ts";
import { opStep, withSteps } from "./op-step.ts";
import { runInProcess } from "./run-in-process.ts";

/** A gate that grants when it is told to, and notes what it is asked. */
function slowGate() {
  const log: string[] = [];
  const waiting = new Map<string, () => void>();
  const gate: PoolGate = {
    claim(step, pools, signal) {
      log.push(
        `claim ${step} ${pools.map(({ pool, slots, limit }) => `${pool}:${slots}/${limit}`).join(" ")}`,
      );
      return new Promise((resolve, reject) => {
        waiting.set(step, resolve);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    },
    async release(step) {
      log.push(`release ${step}`);
    },
  };
  return { gate, log, grant: (step: string) => waiting.get(step)?.() };
}

const pools = { pools: [{ name: "db", limit: 5 }] };

test("a step claims what its pools give out, and gives it back at its end", async () => {
  const { gate, log, grant } = slowGate();
  const run = runInProcess(withSteps([opStep("s", { pool: "db", poolSlots: 2, pools: ["free"] })], pools), {
    request: { steps: ["s"] },
    pools: gate,
  });
  await expect.poll(() => log).toEqual(["claim s db:2/5"]);
  grant("s");
  expect((await run).outcome).toBe("success");
  expect(log).toEqual(["claim s db:2/5", "release s"]);
});

test("a step that waits for a pool takes no place from others", async () => {
  const { gate, grant } = slowGate();
  const steps = [opStep("first", { pool: "db", priority: 9 }), opStep("other", {}, () => grant("first"))];
  const { of } = await runInProcess(withSteps(steps, pools), {
    request: { steps: ["first", "other"] },
    pools: gate,
    maxParallel: 1,
  });
  expect(of("step.succeeded").map(({ step }) => step)).toEqual(["other", "first"]);
});

test("slots are given back between two attempts", async () => {
  const { gate, log, grant } = slowGate();
  const step = opStep("s", { pool: "db", retryPolicy: { maxRetries: 1 } }, ({ attempt }) => {
    if (attempt === 1) throw new Error("again");
  });
  const run = runInProcess(withSteps([step], pools), { request: { steps: ["s"] }, pools: gate });
  await expect.poll(() => log).toHaveLength(1);
  grant("s");
  await expect.poll(() => log).toHaveLength(3);
  grant("s");
  await run;
  expect(log.map((line) => line.split(" ")[0])).toEqual(["claim", "release", "claim", "release"]);
});

test("a cancelled run waits for no pool", async () => {
  const { gate, log } = slowGate();
  const controller = new AbortController();
  const run = runInProcess(withSteps([opStep("s", { pool: "db" })], pools), {
    request: { steps: ["s"] },
    pools: gate,
    signal: controller.signal,
  });
  await expect.poll(() => log).toHaveLength(1);
  controller.abort();
  const { outcome, of } = await run;
  expect([outcome, of("step.started")]).toEqual(["canceled", []]);
});

const configured = (configs: unknown[], configSchema: object) =>
  opStep("s", { configSchema: configSchema as never }, ({ config }) => configs.push(config));

test("a variable of a config is read where the step runs, as its schema wants it", async () => {
  const configs: unknown[] = [];
  const step = configured(configs, {
    type: "object",
    properties: { limit: { type: "integer" }, table: { type: "string" } },
  });
  await runInProcess(withSteps([step]), {
    request: { steps: ["s"], config: { steps: { s: { limit: { env: "LIMIT" }, table: { env: "TABLE" } } } } },
    variables: { LIMIT: "5", TABLE: "7" },
  });
  expect(configs).toEqual([{ limit: 5, table: "7" }]);
});

test.for([
  { why: "is not set", variables: {}, says: /`limit` .*LIMIT, which is not set/ },
  { why: "does not fit", variables: { LIMIT: "many" }, says: /`limit` must be integer/ },
])("a step whose variable $why fails before it begins", async ({ variables, says }) => {
  const configs: unknown[] = [];
  const { of } = await runInProcess(
    withSteps([configured(configs, { type: "object", properties: { limit: { type: "integer" } } })]),
    { request: { steps: ["s"], config: { steps: { s: { limit: { env: "LIMIT" } } } } }, variables },
  );
  expect(configs).toEqual([]);
  expect(of("step.failed")).toMatchObject([{ error: { message: expect.stringMatching(says) } }]);
});

test("a job binds a step to another resource, which gets its own config", async () => {
  const seen: unknown[] = [];
  const resource = (key: string) => ({
    spec: {
      key,
      type: "custom",
      configSchema: { type: "object", properties: { role: { type: "string", default: "reader" } } },
    },
    create: ({ config }: { config: { readonly [name: string]: unknown } }) => `${key} as ${config["role"]}`,
  });
  const step = opStep("s", { resources: ["db"] }, ({ resources }) => seen.push(resources["db"]));
  const further = {
    resources: [resource("db"), resource("test_db")] as never,
    jobs: [{ name: "j", selection: "", resources: { db: "test_db" } }],
  };
  const config = { resources: { test_db: { role: "writer" } } };
  const { of } = await runInProcess(withSteps([step], further), {
    request: { steps: ["s"], job: "j", config },
  });
  expect(seen).toEqual(["test_db as writer"]);
  expect(of("resource.started").map(({ resource: key }) => key)).toEqual(["test_db"]);
});

function artifacts(capBytes = 1000) {
  const folder = mkdtempSync(join(tmpdir(), "dop-artifacts-"));
  return { folder, attachments: new LocalArtifacts({ folder: join(folder, "kept"), capBytes }) };
}

test("a file of a step is kept as it is, and told with its name, type and size", async () => {
  const { folder, attachments } = artifacts();
  let id = "";
  const report = asset({ key: "report" }, async ({ attach }) => {
    writeFileSync(join(folder, "plot.svg"), "<svg/>");
    id = await attach(join(folder, "plot.svg"), { asset: "report" as AssetKey });
    writeFileSync(join(folder, "plot.svg"), "changed later");
  });
  const { of } = await runInProcess([report], { attachments });
  expect(of("file.attached")).toMatchObject([
    { step: "report", file: id, name: "plot.svg", mediaType: "image/svg+xml", sizeBytes: 6, asset: "report" },
  ]);
  expect(readFileSync(artifactPath(join(folder, "kept"), id) as string, "utf8")).toBe("<svg/>");
});

test.for([
  { why: "is too large", file: "big.txt", says: /at most 1000/ },
  { why: "is not there", file: "nothing.txt", says: /no such file/ },
  { why: "is a folder", file: ".", says: /no file/ },
])("a file that $why is refused", async ({ file, says }) => {
  const { folder, attachments } = artifacts();
  writeFileSync(join(folder, "big.txt"), "x".repeat(1001));
  const { of } = await runInProcess(
    [asset({ key: "a" }, async ({ attach }) => void (await attach(join(folder, file))))],
    {
      attachments,
    },
  );
  expect(of("step.failed")).toMatchObject([{ error: { message: expect.stringMatching(says) } }]);
  expect(of("file.attached")).toEqual([]);
});

test("what is no id is no path of a kept file", () => {
  expect(artifactPath("/kept", "../../etc/passwd")).toBeUndefined();
});

test("slots that are granted at the moment of the cancellation are given back", async () => {
  const controller = new AbortController();
  const log: string[] = [];
  const gate: PoolGate = {
    async claim() {
      controller.abort();
    },
    async release(step) {
      log.push(`release ${step}`);
    },
  };
  const { outcome } = await runInProcess(withSteps([opStep("s", { pool: "db" })], pools), {
    request: { steps: ["s"] },
    pools: gate,
    signal: controller.signal,
  });
  expect([outcome, log]).toEqual(["canceled", ["release s"]]);
});
