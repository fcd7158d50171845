import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RunRecord, RunStatus } from "../../platform/core/run.ts";
import { purgeRunFiles } from "../../platform/instance/purge-files.ts";

const id = (number: number) => `01900000-0000-7000-8000-00000000000${number}`;

function folderOf(names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "dop-purge-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of names) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "a.stdout.log"), "text");
  }
  return folder;
}

const runs: { readonly [run: string]: { status: RunStatus; endedAtMs?: number } } = {
  [id(1)]: { status: "success", endedAtMs: 100 },
  [id(2)]: { status: "failure", endedAtMs: 900 },
  [id(3)]: { status: "started" },
};
const storage = { getRun: async (run: string) => runs[run] as RunRecord | undefined };

test("files of runs that ended before, or that nobody remembers, are removed", async () => {
  const folder = folderOf([id(1), id(2), id(3), id(4), "notes"]);
  const removed = await purgeRunFiles(storage, { folders: [folder], beforeMs: 500, dryRun: false });
  expect(removed).toBe(2);
  expect(readdirSync(folder).toSorted()).toEqual([id(2), id(3), "notes"]);
});

test("a dry run counts and leaves everything", async () => {
  const folder = folderOf([id(1), id(4)]);
  const counted = await purgeRunFiles(storage, {
    folders: [folder, join(folder, "not there")],
    beforeMs: 500,
    dryRun: true,
  });
  expect(counted).toBe(2);
  expect(readdirSync(folder)).toHaveLength(2);
});
