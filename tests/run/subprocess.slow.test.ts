import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asset } from "../../platform/define/asset.ts";
import type { StepContext } from "../../platform/define/step.ts";
import { runInProcess } from "./run-in-process.ts";

const node = process.execPath;
const script = (code: string) => ["-e", code] as const;

/** Runs one step that does `work`. */
function step(work: (context: StepContext) => unknown, options: Parameters<typeof runInProcess>[1] = {}) {
  return runInProcess([asset({ key: "a" }, async ({ context }) => void (await work(context)))], options);
}

test("a subprocess's lines are captured as they come and given to the step", async () => {
  const lines: string[] = [];
  const { of, logFolder } = await step((context) =>
    context.subprocess(
      node,
      script("console.log('eins\\nzwei ü'); console.error('drei'); process.stdout.write('rest')"),
      {
        onStdoutLine: (line) => lines.push(line),
        onStderrLine: (line) => lines.push(`! ${line}`),
      },
    ),
  );
  expect(of("step.failed")).toEqual([]);
  expect(lines.toSorted()).toEqual(["! drei", "eins", "rest", "zwei ü"]);
  expect(readFileSync(join(logFolder, "a.out"), "utf8")).toBe("eins\nzwei ü\nrest\n");
  expect(readFileSync(join(logFolder, "a.err"), "utf8")).toBe("drei\n");
});

test("no shell reads the arguments, and variables are added to the worker's", async () => {
  const lines: string[] = [];
  await step((context) =>
    context.subprocess(
      node,
      ["-p", "process.argv[1] + process.env.ADDED + typeof process.env.PATH", "$(id); `id`"],
      {
        env: { ADDED: "+" },
        onStdoutLine: (line) => lines.push(line),
      },
    ),
  );
  expect(lines).toEqual(["$(id); `id`+string"]);
});

test("a failed command fails the step with its last words, unless the step wants the exit code", async () => {
  const failing = script("console.error('no such table'); process.exit(3)");
  const { of } = await step((context) => context.subprocess(node, failing));
  expect(of("step.failed")).toMatchObject([
    { error: { message: `\`${node}\` ended with exit code 3\nno such table` } },
  ]);
  const codes: number[] = [];
  const allowed = await step(async (context) => {
    codes.push((await context.subprocess(node, failing, { allowFailure: true })).exitCode);
  });
  expect(allowed.outcome).toBe("success");
  expect(codes).toEqual([3]);
});

test.for([
  { command: "no-such-command-here", message: "there is no command" },
  { command: "/etc/passwd", message: "cannot be started" },
])("$command: $message", async ({ command, message }) => {
  const { of } = await step((context) => context.subprocess(command, []));
  expect(of("step.failed")).toMatchObject([
    { error: { name: "StepError", message: expect.stringContaining(message) } },
  ]);
});

test("a cancelled run interrupts the whole process group, and kills what takes no notice", async () => {
  const controller = new AbortController();
  const grandchild =
    "process.on('SIGINT', () => {}); setTimeout(() => {}, 60000); console.log('pid', process.pid)";
  const child = `
    process.on('SIGINT', () => console.log('interrupted'));
    const { spawn } = require('node:child_process');
    spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' });
    setTimeout(() => {}, 60000);
  `;
  const lines: string[] = [];
  const { outcome } = await step(
    (context) =>
      context.subprocess(node, script(child), {
        onStdoutLine(line) {
          lines.push(line);
          if (line.startsWith("pid")) controller.abort();
        },
      }),
    { signal: controller.signal, subprocessGraceMs: 200, abortGraceMs: 5000 },
  );
  expect(outcome).toBe("canceled");
  expect(lines).toContain("interrupted");
  const pid = Number(lines.find((line) => line.startsWith("pid"))?.slice(4));
  await expect.poll(() => isRunning(pid)).toBe(false);
});

test("what a command leaves running in the background ends with it", async () => {
  const lines: string[] = [];
  const child = `
    const { spawn } = require('node:child_process');
    console.log(spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'inherit' }).pid);
    process.exit(0);
  `;
  const { outcome } = await step((context) =>
    context.subprocess(node, script(child), { onStdoutLine: (line) => void lines.push(line) }),
  );
  expect(outcome).toBe("success");
  await expect.poll(() => isRunning(Number(lines[0]))).toBe(false);
});

/** A zombie still has a number but runs no more. */
function isRunning(pid: number): boolean {
  const status = `/proc/${pid}/status`;
  if (existsSync("/proc/self")) return existsSync(status) && !/State:\s+Z/.test(readFileSync(status, "utf8"));
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
