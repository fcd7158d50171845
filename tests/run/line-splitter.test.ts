import { expect, test } from "vitest";
import { LineSplitter } from "../../platform/run/line-splitter.ts";

function linesOf(chunks: readonly (Uint8Array | string)[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.write(chunk);
  splitter.finish();
  return lines;
}

test.for([
  { chunks: ["a\nb\n"], lines: ["a", "b"] },
  { chunks: ["a", "b\n", "c"], lines: ["ab", "c"] },
  { chunks: ["a\r\n\r\nb"], lines: ["a", "", "b"] },
  { chunks: ["a\r", "\nb"], lines: ["a", "b"] },
  { chunks: [], lines: [] },
])("$chunks are the lines $lines", ({ chunks, lines }) => {
  expect(linesOf(chunks)).toEqual(lines);
});

test("a character that is cut between two chunks stays whole", () => {
  const bytes = Buffer.from("ü漢😀\n");
  expect(linesOf(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(["ü漢😀"]);
});

test("a line without end does not grow for ever", () => {
  const lines = linesOf(Array.from({ length: 30 }, () => "x".repeat(100_000)));
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join("")).toHaveLength(3_000_000);
});
