import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackfillDetailView } from "../../platform/core/views.ts";
import { type CommandResult, TemporaryProject } from "./temporary-project.ts";

const dop = fileURLToPath(new URL("../../platform/cli/dop.js", import.meta.url));
const slow = { timeout: 90_000 };

// Each day leaves a line when it is made; one fails while `broken` is there, and all wait while `hold` is.
const definitions = `import { appendFileSync, existsSync } from "node:fs";
import { asset, daily, weekly } from "#platform";

const days = daily({ start: "2026-01-04" });
export const raw = asset({ key: "raw/days", partitions: days }, async ({ partition }) => {
  do await new Promise((resolve) => setTimeout(resolve, 100)); while (existsSync("hold"));
  if (partition.key === "2026-01-13" && existsSync("broken")) throw new Error("the source is closed");
  appendFileSync("made.txt", partition.key + "\\n");
  return [{ day: partition.key }];
});
export const weeks = asset(
  { key: "mart/weeks", partitions: weekly({ start: "2026-01-04" }), deps: [raw] },
  ({ partition }) => [{ week: partition.key }],
);
`;

let made: TemporaryProject;
const children: ChildProcess[] = [];
beforeAll(() => {
  made = new TemporaryProject({ "defs/days/days.ts": definitions, "made.txt": "" });
});
afterAll(async () => {
  // Where a test failed, what it started is still there.
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "close");
  }
  made[Symbol.dispose]();
});

function started(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [dop, ...args], {
    cwd: made.root,
    env: { ...process.env, DOP_CACHE: "off" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  return child;
}

async function ran(...args: readonly string[]): Promise<CommandResult> {
  const child = started(...args);
  let [out, talk] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    talk += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, out, talk };
}

async function shown(): Promise<BackfillDetailView> {
  const { out } = await ran("backfill", "show", "--json");
  return (JSON.parse(out) as { backfill: BackfillDetailView }).backfill;
}

const daysMade = () =>
  made
    .read("made.txt")
    .split("\n")
    .filter((line) => line !== "");

test(
  "a backfill is planned, done by the command that follows it, and what failed is asked for again",
  slow,
  async () => {
    made.write({ broken: "" });
    const asked = ["backfill", "create", "-s", "raw/days+", "-p", "2026-01-04..2026-01-17"];
    const planned = await ran(...asked, "--dry-run");
    expect([planned.code, planned.out]).toEqual([0, expect.stringContaining("16 runs")]);
    const done = await ran(...asked, "--follow");
    expect(done.code).toBe(1);
    expect(await shown()).toMatchObject({
      status: "failure",
      partitions: { done: 14, failed: 1, blocked: 1 },
    });
    rmSync(join(made.root, "broken"));
    const { id } = await shown();
    const again = await ran("backfill", "retry", id, "--follow");
    expect(again.code).toBe(0);
    expect(await shown()).toMatchObject({
      status: "success",
      partitions: { done: 16 },
      runs: { launched: 17 },
    });
    expect(daysMade()).toHaveLength(14);
  },
);

test(
  "a backfill goes on after the process that worked at it was killed, and asks for each partition once",
  slow,
  async () => {
    made.write({ "made.txt": "" });
    const asked = ["-s", "raw/days", "-p", "2026-02-01..2026-02-12", "--max-runs", "3"];
    const first = started("backfill", "create", ...asked, "--follow");
    while (daysMade().length < 3) await delay(50);
    first.kill("SIGKILL");
    await once(first, "close");
    const { code } = await ran("backfill", "show", "--follow");
    expect(code).toBe(0);
    const backfill = await shown();
    expect(backfill).toMatchObject({ status: "success", runs: { launched: 12 }, partitions: { done: 12 } });
    const listed = await ran(
      "run",
      "list",
      "--json",
      "--limit",
      "99",
      "--tag",
      `dop/backfill=${backfill.id}`,
    );
    const { runs } = JSON.parse(listed.out) as { runs: { tags: { [tag: string]: string } }[] };
    const partitions = runs.map(({ tags }) => tags["dop/partition"]);
    expect([partitions.length, new Set(partitions).size]).toEqual([12, 12]);
  },
);

test("where `dop dev` runs, it does the work, and a backfill can be paused and resumed", slow, async () => {
  const dev = started("dev", "--port", "0");
  await once(dev.stdout as NonNullable<typeof dev.stdout>, "data");
  const hold = join(made.root, "hold");
  writeFileSync(hold, "");
  const asked = ["-s", "raw/days", "-p", "2026-03-01..2026-03-06", "--max-runs", "1"];
  const created = await ran("backfill", "create", ...asked);
  expect(created).toMatchObject({ code: 0 });
  const { id } = await shown();
  expect((await ran("backfill", "pause", id)).code).toBe(0);
  expect((await ran("backfill", "retry", id)).code).toBe(2);
  rmSync(hold);
  expect((await ran("backfill", "resume", id, "--follow")).code).toBe(0);
  expect(await shown()).toMatchObject({ status: "success", partitions: { done: 6 } });
  dev.kill("SIGTERM");
  await once(dev, "close");
});
