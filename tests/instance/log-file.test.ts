import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readLogFile } from "../../platform/instance/log-file.ts";

function logFolder(): string {
  const root = mkdtempSync(join(tmpdir(), "dop-log-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folder = join(root, "logs");
  mkdirSync(folder);
  writeFileSync(join(root, "secret"), "outside");
  return folder;
}

test("a log is read on from where the last reading ended", async () => {
  const folder = logFolder();
  writeFileSync(join(folder, "a.out"), "one\n");
  const first = await readLogFile(folder, "a.out", 0);
  expect(first).toEqual({ text: "one\n", nextOffset: 4, end: true });
  writeFileSync(join(folder, "a.out"), "one\ntwo\n");
  expect(await readLogFile(folder, "a.out", 4)).toEqual({ text: "two\n", nextOffset: 8, end: true });
  expect(await readLogFile(folder, "a.out", 8)).toEqual({ text: "", nextOffset: 8, end: true });
});

test("a character that is not written whole yet is left for the next reading", async () => {
  const folder = logFolder();
  const bytes = Buffer.from("a€");
  writeFileSync(join(folder, "a.out"), bytes.subarray(0, 3));
  expect(await readLogFile(folder, "a.out", 0)).toMatchObject({ text: "a", nextOffset: 1 });
  writeFileSync(join(folder, "a.out"), bytes);
  expect(await readLogFile(folder, "a.out", 1)).toEqual({ text: "€", nextOffset: 4, end: true });
});

test("a large log comes in pieces that add up to the whole", async () => {
  const folder = logFolder();
  const whole = "€uro\n".repeat(100_000);
  writeFileSync(join(folder, "a.out"), whole);
  let text = "";
  for (let offset = 0, end = false; !end; ) {
    const slice = await readLogFile(folder, "a.out", offset);
    text += slice?.text;
    offset = slice?.nextOffset ?? 0;
    end = slice?.end ?? true;
  }
  expect(text === whole).toBe(true);
});

test.for(["missing.out", "../secret", "link", "/etc/passwd", "a\0b", ".", ".."])(
  "%j gives nothing",
  async (file) => {
    const folder = logFolder();
    symlinkSync("../secret", join(folder, "link"));
    expect(await readLogFile(folder, file, 0)).toBeUndefined();
  },
);
