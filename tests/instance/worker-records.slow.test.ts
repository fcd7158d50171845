import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createWorkerRecords, killOrphans } from "../../platform/instance/worker-records.ts";
import { isAlive, untilDead } from "./running-project.ts";

function recordsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "dop-workers-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A process that leads a group of its own. */
function sleeper(): number {
  const child = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child.pid as number;
}

test("what a worker and its steps have left running is killed by the next owner, and forgotten", async () => {
  const folder = recordsFolder();
  const [worker, group] = [sleeper(), sleeper()];
  createWorkerRecords(folder).add(worker).note(group, "started");
  expect(killOrphans(folder)).toBe(2);
  await Promise.all([untilDead(worker), untilDead(group)]);
  expect(readdirSync(folder)).toEqual([]);
});

test("what has ended is not looked for", () => {
  const folder = recordsFolder();
  const [worker, group] = [sleeper(), sleeper()];
  const records = createWorkerRecords(folder);
  const record = records.add(worker);
  record.note(group, "started");
  record.note(group, "ended");
  record[Symbol.dispose]();
  expect(killOrphans(folder)).toBe(0);
  expect([worker, group].map(isAlive)).toEqual([true, true]);
});

test("a stranger that has the number of a dead worker lives on", () => {
  const folder = recordsFolder();
  const stranger = sleeper();
  createWorkerRecords(folder).add(stranger);
  const file = join(folder, `${stranger}.json`);
  writeFileSync(file, readFileSync(file, "utf8").replace(/"start":"\d+"/, '"start":"1"'));
  expect(killOrphans(folder)).toBe(0);
  expect(isAlive(stranger)).toBe(true);
});

test("a record that is no record, and a folder that is not there, stop nobody", () => {
  const folder = recordsFolder();
  writeFileSync(join(folder, "1.json"), "{");
  expect(killOrphans(folder)).toBe(0);
  expect(killOrphans(join(folder, "none"))).toBe(0);
});
