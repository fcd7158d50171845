import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { runQuietly } from "../../platform/cli/setup/run-quietly.js";

const source = new URL("../../platform/cli/setup/run-quietly.js", import.meta.url);

test("both streams and the exit code of a command are told", async () => {
  const script = "console.log('out'); console.error('err'); process.exitCode = 4;";
  expect(await runQuietly(process.execPath, ["-e", script])).toMatchObject({ code: 4, output: "out\nerr" });
});

test("a command that is not there has no exit code", async () => {
  expect(await runQuietly("no-such-command", [])).toMatchObject({ code: undefined, output: "" });
});

test("a command that takes too long is ended", async () => {
  const args = ["-e", "setInterval(() => {}, 1000)"];
  expect(await runQuietly(process.execPath, args, { timeoutMs: 100 })).toMatchObject({ code: undefined });
});

test("a command that is not there keeps no process waiting for its time limit", () => {
  const script = `import { runQuietly } from "${source}"; await runQuietly("no-such-command", []);`;
  const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 20_000 });
  expect(status).toBe(0);
});
