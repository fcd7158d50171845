import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { materialize } from "../../platform/instance/instance.ts";
import { packageWith, type RunningProject, runningProject } from "./running-project.ts";

vi.setConfig({ testTimeout: 120_000 });

/** Two assets: both note that they ran, the second fails until the file `go` is there. */
const chain = `
  import { appendFileSync, existsSync } from "node:fs";
  import { asset } from "#platform";
  export const first = asset({ key: "chain/first" }, () => {
    appendFileSync("first.txt", "ran\\n");
    return [{ id: 1 }, { id: 2 }];
  });
  export const second = asset({ key: "chain/second", ins: { first } }, ({ first }) => {
    appendFileSync("second.txt", "ran\\n");
    if (!existsSync("go")) throw new Error("not yet");
    return [{ rows: 2 }];
  });
`;

async function retriesOf({ runs }: RunningProject, id: string, count: number): Promise<readonly string[]> {
  for (;;) {
    const retries = (await runs.find(id))?.retries ?? [];
    if (retries.length >= count) return retries;
    await delay(20);
  }
}

test("a failed run is started again by its policy, from what failed, and only so often", async () => {
  const project = await runningProject({ "defs/chain.ts": chain });
  const { runs, lines } = project;
  const retryPolicy = { maxRetries: 2, strategy: "from_failure", onStepFailure: true } as const;
  const { id } = await materialize(runs, { target: { selection: "key:chain/*" }, retryPolicy });
  const [child = ""] = await retriesOf(project, id, 1);
  expect(await runs.wait(child)).toMatchObject({ status: "failure", parent_run_id: id, root_run_id: id });
  const [last = ""] = await retriesOf(project, child, 1);
  expect(await runs.wait(last)).toMatchObject({ status: "failure", parent_run_id: child, root_run_id: id });
  await delay(300);
  expect((await runs.find(last))?.retries).toEqual([]);
  expect(lines("first.txt")).toHaveLength(1);
  expect(lines("second.txt")).toHaveLength(3);
  expect((await runs.find(id))?.notes.at(-1)?.message).toContain(child);
});

test("tags say how often a run is started again, and which steps", async () => {
  const project = await runningProject({ "defs/chain.ts": chain });
  const { runs, lines } = project;
  const tags = { "dop/max_retries": "1", "dop/retry_strategy": "ALL" };
  const { id } = await materialize(runs, { target: { selection: "key:chain/*" }, tags });
  const [child = ""] = await retriesOf(project, id, 1);
  await runs.wait(child);
  expect(lines("first.txt")).toHaveLength(2);
});

test("a retry that a person asks for does what failed and what never ran, and reads the rest", async () => {
  const { root, runs, lines } = await runningProject({ "defs/chain.ts": chain });
  const { id } = await materialize(runs, { target: { selection: "key:chain/*" } });
  writeFileSync(join(root, "go"), "");
  const retry = await runs.retry(id, { strategy: "from_failure" });
  expect(await runs.wait(retry.id)).toMatchObject({ status: "success", parent_run_id: id });
  expect((await runs.find(retry.id))?.steps).toMatchObject([{ key: "chain/second", status: "success" }]);
  expect(lines("first.txt")).toHaveLength(1);
  await expect(runs.retry(retry.id, { strategy: "from_failure" })).rejects.toMatchObject({
    reason: "invalid-request",
  });
  await expect(runs.retry(retry.id, { steps: ["chain/secnd"] })).rejects.toMatchObject({
    reason: "invalid-request",
    hint: expect.stringContaining("chain/second"),
  });
  const all = await runs.retry(id, { selection: "key:chain/first" });
  await runs.wait(all.id);
  expect(lines("first.txt")).toHaveLength(2);
  expect(lines("second.txt")).toHaveLength(2);
});

test("values of ops reach a retry of a retry from the run that made them", async () => {
  const { root, runs, lines } = await runningProject({
    "defs/ops.ts": `
      import { appendFileSync, existsSync } from "node:fs";
      import { graph, input, job, op } from "#platform";
      const count = op({ name: "count" }, () => { appendFileSync("count.txt", "ran\\n"); return 41; });
      const add = op({ name: "add", ins: { x: input() } }, ({ x }) => {
        if (!existsSync("go")) throw new Error("not yet");
        appendFileSync("sum.txt", x + 1 + "\\n");
      });
      export const sums = job("sums", { graph: graph({ name: "sums" }, () => add(count())) });`,
  });
  const { id, status } = await materialize(runs, { target: { job: "sums" } });
  expect(status).toBe("failure");
  const second = await runs.retry(id, { strategy: "from_failure" });
  expect(await runs.wait(second.id)).toMatchObject({ status: "failure" });
  writeFileSync(join(root, "go"), "");
  const third = await runs.retry(second.id, { strategy: "from_failure" });
  expect(await runs.wait(third.id)).toMatchObject({ status: "success", root_run_id: id });
  expect(lines("count.txt")).toHaveLength(1);
  expect(lines("sum.txt")).toEqual(["42"]);
});

test("a file that a step attaches is kept and read by its id", async () => {
  const { runs } = await runningProject({
    "package.json": packageWith({}, { retention: { attachment_bytes: 20 } }),
    "defs/report.ts": `
      import { writeFileSync } from "node:fs";
      import { asset } from "#platform";
      export const report = asset({ key: "report" }, async ({ context }) => {
        writeFileSync("report.txt", "all is well");
        await context.attach("report.txt");
        writeFileSync("large.txt", "x".repeat(21));
        await context.attach("large.txt");
      });`,
  });
  const run = await materialize(runs, { target: { selection: "key:report" } });
  const detail = await runs.find(run.id);
  expect(detail?.attachments).toMatchObject([{ name: "report.txt", size_bytes: 11 }]);
  const kept = await runs.readAttachment(detail?.attachments[0]?.file ?? "");
  expect(await new Response(kept?.open()).text()).toBe("all is well");
  expect(await runs.readAttachment("../dop.sqlite")).toBeUndefined();
  expect(run).toMatchObject({ status: "failure", failure_reason: "step_failure" });
});

test("a worker serves further runs, but not after one that leaves something behind", async () => {
  const { runs, lines } = await runningProject({
    "package.json": packageWith({ max_concurrent_runs: 1 }),
    "defs/tidy.ts": `
      import { appendFileSync } from "node:fs";
      import { asset } from "#platform";
      const note = () => appendFileSync("pids.txt", process.pid + "\\n");
      export const tidy = asset({ key: "tidy", io: "memory" }, note);
      export const messy = asset({ key: "messy", io: "memory" }, () => {
        note();
        setInterval(() => {}, 1000);
      });`,
  });
  for (const key of ["tidy", "tidy", "messy", "tidy"])
    await materialize(runs, { target: { selection: `key:${key}` } });
  const [first, second, third, fourth] = lines("pids.txt");
  expect([second, third]).toEqual([first, first]);
  expect(fourth).not.toBe(first);
});
