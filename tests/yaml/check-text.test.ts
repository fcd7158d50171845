import { expect, test } from "vitest";
import type { Problem } from "../../platform/core/problem.ts";
import { checkText, largestFileBytes } from "../../platform/yaml/check-text.ts";

function check(bytes: Uint8Array): { text: string | undefined; codes: string[] } {
  const problems: Problem[] = [];
  const text = checkText("f.yaml", bytes, (problem) => problems.push(problem));
  return { text, codes: problems.map(({ code }) => code) };
}

test("text comes back without its byte order mark", () => {
  expect(check(new TextEncoder().encode("\ufeffa: é"))).toEqual({ text: "a: é", codes: [] });
});

test.for([
  { bytes: [0x61, 0x00], what: "a NUL byte" },
  { bytes: [0xff, 0xfe], what: "UTF-16" },
  { bytes: [0xc3, 0x28], what: "broken UTF-8" },
])("$what is not text", ({ bytes }) => {
  expect(check(Uint8Array.from(bytes))).toEqual({ text: undefined, codes: ["not-text"] });
});

test("eight megabytes are read and one byte more is too large", () => {
  expect(check(new Uint8Array(largestFileBytes).fill(0x61)).codes).toEqual([]);
  expect(check(new Uint8Array(largestFileBytes + 1).fill(0x61))).toEqual({
    text: undefined,
    codes: ["file-too-large"],
  });
});
