import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const projectNode = fileURLToPath(new URL("../../platform/cli/project-node.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "dop-project-node-"));

afterAll(() => rmSync(folder, { recursive: true }));

function start(script: string): ChildProcess {
  const file = join(folder, `${crypto.randomUUID()}.mjs`);
  writeFileSync(file, script);
  return spawn(process.execPath, [projectNode, file, "--flag", "a b"], { stdio: ["ignore", "pipe", "pipe"] });
}

async function outputOf(child: ChildProcess): Promise<string> {
  return (await child.stdout?.setEncoding("utf8").toArray())?.join("") ?? "";
}

test("the exit code of what runs is passed on", async () => {
  expect(await once(start("process.exit(7)"), "exit")).toEqual([7, null]);
});

test("the signal that ended what runs is passed on", async () => {
  expect(await once(start("process.kill(process.pid, 'SIGTERM')"), "exit")).toEqual([null, "SIGTERM"]);
});

test("arguments arrive as they are written", async () => {
  const output = await outputOf(start("console.log(JSON.stringify(process.argv.slice(2)))"));
  expect(JSON.parse(output)).toEqual(["--flag", "a b"]);
});

test("what runs is Node 26 or newer, and finds it first on PATH", async () => {
  const script = `import { execFileSync } from "node:child_process";
    const found = execFileSync("node", ["--version"], { encoding: "utf8" });
    console.log(JSON.stringify([process.version, found.trim()]));`;
  const [running, found] = JSON.parse(await outputOf(start(script)));
  expect(running).toBe(found);
  expect(Number.parseInt(running.slice(1), 10)).toBeGreaterThanOrEqual(26);
});

test.for(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
  "%s is forwarded, and what runs may finish",
  async (signal) => {
    const child = start(
      `process.on("${signal}", () => process.exit(3)); setInterval(() => {}, 1000); console.log("up");`,
    );
    if (child.stdout !== null) await once(child.stdout, "data");
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([3, null]);
  },
);
