import { appendFileSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { longestMessage, MessageFile } from "../../../platform/run/pipes/message-file.ts";

interface Told {
  readonly lines: string[];
  readonly torn: string[];
  tooLong: number;
  /** How often the reader was asked whether there is room. */
  asked: number;
}

async function messageFile(): Promise<{ path: string; file: MessageFile; told: Told }> {
  const folder = mkdtempSync(join(tmpdir(), "dop-messages-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "messages");
  const told: Told = { lines: [], torn: [], tooLong: 0, asked: 0 };
  const file = await MessageFile.create(path, {
    line: (text) => void told.lines.push(text),
    torn: (text) => void told.torn.push(text),
    tooLong: () => void told.tooLong++,
    ready: async () => void told.asked++,
  });
  return { path, file, told };
}

test("lines are read while the file grows, each once", async () => {
  const { path, file, told } = await messageFile();
  appendFileSync(path, "eins\nzw");
  await expect.poll(() => told.lines).toEqual(["eins"]);
  appendFileSync(path, "ei\ndr");
  await expect.poll(() => told.lines).toEqual(["eins", "zwei"]);
  appendFileSync(path, "ei\nvier\n");
  await file.close();
  expect(told).toMatchObject({ lines: ["eins", "zwei", "drei", "vier"], torn: [], tooLong: 0 });
});

test("what has no end of line when nobody writes any more is told apart", async () => {
  const { path, file, told } = await messageFile();
  appendFileSync(path, "ganz\nhalb");
  await file.close();
  expect(told).toMatchObject({ lines: ["ganz"], torn: ["halb"] });
});

test("a character that is split between two reads is whole", async () => {
  const { path, file, told } = await messageFile();
  const bytes = Buffer.from("ü\n");
  appendFileSync(path, Buffer.concat([Buffer.from("a"), bytes.subarray(0, 1)]));
  await expect.poll(() => told.asked).toBeGreaterThan(0);
  appendFileSync(path, bytes.subarray(1));
  await file.close();
  expect(told.lines).toEqual(["aü"]);
});

test("a line may be 8 MiB long; a longer one is told of once and skipped", async () => {
  const { path, file, told } = await messageFile();
  appendFileSync(path, `${"a".repeat(longestMessage)}\n`);
  appendFileSync(path, `${"b".repeat(3 * longestMessage)}\nafter\n`);
  await file.close();
  expect(told.tooLong).toBe(1);
  expect(told.lines.map((line) => line.length)).toEqual([longestMessage, 5]);
});

test("the file is for its user alone", async () => {
  const { path, file } = await messageFile();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await file.close();
});

test("another file under its name is not read", async () => {
  const { path, file, told } = await messageFile();
  writeFileSync(`${path}.other`, "forged\n");
  appendFileSync(path, "own\n");
  renameSync(`${path}.other`, path);
  await file.close();
  expect(told.lines).toEqual(["own"]);
});

test("a file that exists already is refused", async () => {
  const { path, file } = await messageFile();
  await file.close();
  const reader = { line() {}, torn() {}, tooLong() {}, ready: async () => {} };
  await expect(MessageFile.create(path, reader)).rejects.toMatchObject({ code: "EEXIST" });
});
