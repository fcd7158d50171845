import { expect, test } from "vitest";
import type { Problem } from "../../platform/core/problem.ts";
import type { Place } from "../../platform/core/span.ts";
import { parseDocuments } from "../../platform/yaml/document.ts";

const pieces = [
  ..."abc \n\n\n:-?,[]{}#&*!|>'\"%@`~\t01".split(""),
  ..."a:|- |: |\n  |\n---\n|\n...\n|{{ x }}|<<: *a|&a |*a|NO|key: |!!str |__proto__: 1|'x'|\"y\"|\r\n|>-\n".split(
    "|",
  ),
];

test("random texts give documents and placed problems, and nothing else", () => {
  let seed = 3;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const faults: string[] = [];
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: 1 + random(25) }, () => pieces[random(pieces.length)]).join("");
    const problems: Problem[] = [];
    const documents = parseDocuments("f.yaml", text, (problem) => problems.push(problem));
    const lines = text.split("\n");
    const isInside = ({ line, column }: Place): boolean =>
      line >= 1 && line <= lines.length && column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1;
    for (const { span } of [...problems, ...documents]) {
      if (!isInside(span.start) || !isInside(span.end)) faults.push(text);
    }
    for (const document of documents) {
      for (const key of Object.keys((document.value as object | null) ?? {})) {
        const path = [Array.isArray(document.value) ? Number(key) : key];
        const before = document.nearestSpan(path);
        document.textSpan(path, 0, 3);
        document.release();
        if (JSON.stringify(document.nearestSpan(path)) !== JSON.stringify(before)) faults.push(text);
      }
    }
  }
  expect(faults).toEqual([]);
});
