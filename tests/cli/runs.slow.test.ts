import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandResult, TemporaryProject } from "./temporary-project.ts";

const dop = fileURLToPath(new URL("../../platform/cli/dop.js", import.meta.url));
const slow = { timeout: 60_000 };

const definitions = `import { asset, check, daily } from "#platform";

export const numbers = asset({ key: "raw/numbers" }, () => {
  console.log("making numbers");
  return [{ id: 1 }, { id: 2 }];
});
export const filled = check(numbers, "filled", {}, ({ value }) => ({ passed: value.length === 2 }));
export const broken = asset({ key: "raw/broken" }, () => {
  throw new Error("the source is closed");
});
export const days = asset({ key: "raw/days", partitions: daily({ start: "2026-01-01" }) }, ({ partition }) => [
  { day: partition.key },
]);
export const endless = asset({ key: "raw/endless" }, ({ context }) => {
  return new Promise((_resolve, reject) => context.signal.addEventListener("abort", () => reject(new Error("stopped"))));
});
`;

let made: TemporaryProject;
beforeAll(() => {
  made = new TemporaryProject({ "defs/numbers/numbers.ts": definitions });
});
const children: ChildProcess[] = [];
afterAll(() => {
  // Where a test failed, what it started is still there.
  for (const child of children) child.kill();
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

async function ended(child: ChildProcess): Promise<CommandResult> {
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

const run = (...args: readonly string[]) => ended(started(...args));

/** Resolves when the stream has said something that matches; what comes later is let go. */
async function said(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  stream?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) resolve(found);
  });
  return await promise;
}

test("materialize tells the run's events on stderr and its end on stdout", slow, async () => {
  const { code, out, talk } = await run("materialize", "-s", "raw/numbers", "--tag", "team=data");
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^run [0-9a-f-]{36}: success/m) });
  expect(talk).toMatch(/raw\/numbers materialized \(2 rows\)[\s\S]*raw\/numbers:filled passed/);
});

test("a run that is over can be listed, shown and read", slow, async () => {
  const { out } = await run("materialize", "-s", "raw/numbers", "--tag", "team=data", "--json");
  const { id } = JSON.parse(out).run;
  const listed = JSON.parse((await run("run", "list", "--json", "--status", "success")).out);
  expect(listed.runs[0]).toMatchObject({ id, status: "success", tags: { team: "data" } });
  expect((await run("run", "show", id)).out).toMatch(/^run [\s\S]*raw\/numbers +success/);
  expect((await run("run", "logs", id)).out).toMatch(/raw\/numbers materialized/);
  expect((await run("run", "logs", id, "--step", "raw/numbers", "--stdout")).out).toBe("making numbers\n");
  expect(await run("run", "cancel", id)).toMatchObject({ code: 2, out: "" });
});

test("a failed run ends with 1 and says why", slow, async () => {
  const { code, out, talk } = await run("materialize", "-s", "raw/broken");
  expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining("failure") });
  expect(talk).toContain("the source is closed");
});

test.for([
  { args: ["-s", "raw/number"], says: "raw/numbers" },
  { args: ["-s", "raw/days"], says: "partition" },
  { args: ["-s", "raw/days", "--partition", "yesterday"], says: "yesterday" },
  { args: ["-s", "raw/numbers", "--tag", "team"], says: "key=value" },
])("materialize $args is refused", slow, async ({ args, says }) => {
  expect(await run("materialize", ...args)).toMatchObject({
    code: 2,
    out: "",
    talk: expect.stringContaining(says),
  });
});

test("materialize takes partitions", slow, async () => {
  const { code, talk } = await run("materialize", "-s", "raw/days", "-p", "2026-01-01..2026-01-02");
  expect(code).toBe(0);
  expect(talk).toMatch(/raw\/days \[2026-01-01\] materialized/);
  expect(talk).toMatch(/raw\/days \[2026-01-02\] materialized/);
});

test("an interrupt cancels the run and ends with 130", slow, async () => {
  const child = started("materialize", "-s", "raw/endless");
  const end = once(child, "close");
  await said(child.stderr, /raw\/endless started/);
  child.kill("SIGINT");
  expect(await end).toEqual([130, null]);
  expect((await run("run", "list", "-n", "1")).out).toContain("canceled");
});

test("dev prints its address, lets other commands in, and stops on an interrupt", slow, async () => {
  const child = started("dev", "--port", "0");
  const end = once(child, "close");
  const address = await said(child.stdout, /http:\/\/127\.0\.0\.1:\d+/);
  expect((await fetch(`${address}/api/v1/health`)).status).toBeLessThan(600);
  expect(await run("materialize", "-s", "raw/numbers")).toMatchObject({ code: 0 });
  child.kill("SIGINT");
  expect(await end).toEqual([130, null]);
});
