import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { acquireOwnerLock, findOwner } from "../../platform/instance/owner-lock.ts";

function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "dop-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("the owner is found with its port and token until it lets go", async () => {
  const state = stateFolder();
  expect(findOwner(state)).toBeUndefined();
  const lock = await acquireOwnerLock("/shop", state);
  lock.publishPort(3939);
  expect(findOwner(state)).toEqual({ ...lock.owner, pid: process.pid, port: 3939 });
  lock[Symbol.dispose]();
  expect(findOwner(state)).toBeUndefined();
});

test("a second owner is told who the first is", async () => {
  const state = stateFolder();
  using first = await acquireOwnerLock("/shop", state);
  await expect(acquireOwnerLock("/shop", state)).rejects.toMatchObject({
    reason: "owned-elsewhere",
    owner: { pid: first.owner.pid },
  });
});

test("owner.json is for its user's eyes only", async () => {
  const state = stateFolder();
  using lock = await acquireOwnerLock("/shop", state);
  lock.publishPort(1);
  expect(statSync(join(state, "owner.json")).mode & 0o777).toBe(0o600);
});

test.for([
  { whose: "of a process that is dead", text: "2147483646 1\n" },
  { whose: "of an earlier process with our own id, as in a container", text: `${process.pid} 1\n` },
  { whose: "of an earlier process whose id another one has now", text: `${process.ppid} 1\n` },
  { whose: "that was never written", text: "" },
  { whose: "that holds something else", text: "no number\n" },
])("a lock $whose is taken over", async ({ text }) => {
  const state = stateFolder();
  writeFileSync(join(state, "owner.lock"), text);
  using lock = await acquireOwnerLock("/shop", state);
  expect(lock.owner.pid).toBe(process.pid);
  expect(readFileSync(join(state, "owner.lock"), "utf8")).toMatch(new RegExp(`^${process.pid} `));
});

test("of many that find a stale lock one becomes the owner", async () => {
  const state = stateFolder();
  writeFileSync(join(state, "owner.lock"), "2147483646 1\n");
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => acquireOwnerLock("/shop", state)));
  const locks = results.filter((result) => result.status === "fulfilled");
  expect(locks).toHaveLength(1);
  locks[0]?.value[Symbol.dispose]();
});
