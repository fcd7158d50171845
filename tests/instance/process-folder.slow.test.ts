import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createProcessFolder } from "../../platform/instance/process-folder.ts";
import { createWorkerRecords } from "../../platform/instance/worker-records.ts";
import { isAlive, untilDead } from "./running-project.ts";

const parentFolder = () => mkdtempSync(join(tmpdir(), "dop-processes-"));

function sleeper() {
  const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child.pid as number;
}

test("what a process that is gone has left running is ended, and its notes with it", async () => {
  const parent = parentFolder();
  const gone = spawn("true");
  await once(gone, "exit");
  const left = join(parent, `${hostname()} ${gone.pid} 12345`);
  mkdirSync(left);
  const worker = sleeper();
  createWorkerRecords(left).add(worker);
  using own = createProcessFolder(parent);
  await untilDead(worker);
  expect(readdirSync(parent)).toEqual([own.folder.slice(parent.length + 1)]);
});

test.for([
  { whose: "a process that lives", name: () => undefined },
  { whose: "another machine", name: () => "elsewhere 1 12345" },
])("the workers of $whose are left alone", async ({ name }) => {
  const parent = parentFolder();
  const other = name();
  using living = other === undefined ? createProcessFolder(parent) : undefined;
  const folder = living?.folder ?? join(parent, other ?? "");
  mkdirSync(folder, { recursive: true });
  const worker = sleeper();
  createWorkerRecords(folder).add(worker);
  using _own = createProcessFolder(parent);
  expect(existsSync(folder)).toBe(true);
  expect(isAlive(worker)).toBe(true);
});
