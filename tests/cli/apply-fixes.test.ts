import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { applyFixes } from "../../platform/cli/apply-fixes.ts";
import type { Edit, Problem } from "../../platform/core/problem.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dop-fix-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function edit(line: number, from: number, to: number, text: string, file = "a.yaml"): Edit {
  return { span: { file, start: { line, column: from }, end: { line, column: to } }, text };
}

function fixable(...fix: Edit[]): Problem {
  const [first] = fix as [Edit];
  return { code: "unknown-attribute", severity: "error", message: "", span: first.span, related: [], fix };
}

function fixed(text: string, ...problems: Problem[]): { text: string; applied: number } {
  writeFileSync(join(root, "a.yaml"), text);
  const applied = applyFixes(root, problems).length;
  return { text: readFileSync(join(root, "a.yaml"), "utf8"), applied };
}

test("several fixes of one file are applied together", () => {
  const problems = [fixable(edit(1, 1, 4, "key")), fixable(edit(2, 4, 6, '"NO"'))];
  expect(fixed("kye: 1\nb: NO\n", ...problems)).toEqual({ text: 'key: 1\nb: "NO"\n', applied: 2 });
});

test("of two fixes of one place the first is applied", () => {
  const problems = [fixable(edit(1, 1, 1, "a: 1\n")), fixable(edit(1, 1, 1, "b: 1\n"))];
  expect(fixed("c: 1\n", ...problems)).toEqual({ text: "a: 1\nc: 1\n", applied: 1 });
});

test("a fix with several edits is applied wholly or not at all", () => {
  const problems = [fixable(edit(2, 1, 2, "x")), fixable(edit(1, 1, 2, "y"), edit(2, 1, 2, "z"))];
  expect(fixed("a\nb\n", ...problems)).toEqual({ text: "a\nx\n", applied: 1 });
});

test("a fix of a place that is there no more is left out", () => {
  expect(fixed("a\n", fixable(edit(7, 1, 2, "x")), fixable(edit(1, 5, 9, "x")))).toEqual({
    text: "a\n",
    applied: 0,
  });
});

test("line ends of Windows stay", () => {
  expect(fixed("a: 1\r\nkye: 1\r\n", fixable(edit(2, 1, 4, "key"))).text).toBe("a: 1\r\nkey: 1\r\n");
});

test("a file keeps its mode, a link stays a link, and nothing is left beside them", () => {
  const target = join(root, "target.yaml");
  writeFileSync(target, "kye: 1\n");
  chmodSync(target, 0o640);
  symlinkSync("target.yaml", join(root, "a.yaml"));
  applyFixes(root, [fixable(edit(1, 1, 4, "key"))]);
  expect(readFileSync(target, "utf8")).toBe("key: 1\n");
  expect(statSync(target).mode & 0o777).toBe(0o640);
  expect(readdirSync(root).toSorted()).toEqual(["a.yaml", "target.yaml"]);
});

test("a problem without a fix changes nothing", () => {
  const { fix: _fix, ...problem } = fixable(edit(1, 1, 2, "x"));
  expect(fixed("a\n", problem)).toEqual({ text: "a\n", applied: 0 });
});
