import { expect, test } from "vitest";
import { githubAnnotations } from "../../platform/cli/report/github-annotations.ts";
import { type SarifOptions, sarifLog } from "../../platform/cli/report/sarif.ts";
import { summaryLine, textReport } from "../../platform/cli/report/text-report.ts";
import type { Problem } from "../../platform/core/problem.ts";
import type { Span } from "../../platform/core/span.ts";

function span(line: number, column: number, length = 4): Span {
  return { file: "defs/a b/component.yaml", start: { line, column }, end: { line, column: column + length } };
}

const unknown: Problem = {
  code: "unknown-attribute",
  severity: "error",
  message: "no `kye`, 100%: sorry\nreally",
  span: span(2, 3),
  path: "attributes.kye",
  hint: "did you mean `key`?",
  related: [{ span: span(1, 1), message: "of this class" }],
  fix: [{ span: span(2, 3), text: "key" }],
};
const warning: Problem = {
  code: "yaml-1-1-value",
  severity: "warning",
  message: "NO",
  span: span(3, 1),
  related: [],
};
const lines = ["type: a", "  kye: 1", "NO", "NO"];

const options: SarifOptions = {
  version: "1.2.3",
  pages: new Map([
    ["unknown-attribute", { code: "unknown-attribute", summary: "S.", markdown: "S.", text: "S." }],
  ]),
  prefix: "data/",
  linesOf: () => lines,
};

// biome-ignore lint/suspicious/noExplicitAny: the log is read as the JSON that others get
function log(problems: readonly Problem[], over: Partial<SarifOptions> = {}): any {
  return JSON.parse(JSON.stringify(sarifLog(problems, { ...options, ...over })));
}

test("the summary counts what is there", () => {
  const counts = { files: 3, documents: 12, assets: 40, errors: 2, warnings: 1 };
  expect(summaryLine(counts)).toBe("2 errors, 1 warning in 3 files (12 documents, 40 assets)");
  expect(summaryLine({ files: 1, documents: 1, assets: 1, errors: 0, warnings: 0 })).toBe(
    "no problems in 1 file (1 document, 1 asset)",
  );
});

test("the text report ends with the summary and what can be mended", () => {
  const counts = { files: 1, documents: 1, assets: 0, errors: 1, warnings: 1 };
  const report = textReport([unknown, warning], counts, { linesOf: () => lines });
  expect(report.split("\n").slice(-2)).toEqual([
    "1 error, 1 warning in 1 file (1 document, 0 assets)",
    "1 problem can be mended with `dop check --fix`",
  ]);
});

test("an annotation escapes what separates its parts", () => {
  expect(githubAnnotations([unknown], "data/")).toEqual([
    "::error file=data/defs/a b/component.yaml,line=2,col=3,endColumn=6,title=unknown-attribute::" +
      "no `kye`, 100%25: sorry%0Areally%0Adefs/a b/component.yaml:1 of this class%0Ahint: did you mean `key`?",
  ]);
});

test("an annotation's properties escape colons and commas", () => {
  const odd = { ...warning, span: { ...span(1, 1), file: "defs/a,b:c.yaml" } };
  expect(githubAnnotations([odd], "")[0]).toMatch(/^::warning file=defs\/a%2Cb%3Ac\.yaml,line=1,/);
});

test("a SARIF result names its rule, level, place, related places and fix", () => {
  const [run] = log([warning, unknown]).runs;
  expect(run.columnKind).toBe("utf16CodeUnits");
  expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
    "yaml-1-1-value",
    "unknown-attribute",
  ]);
  const uri = "data/defs/a%20b/component.yaml";
  expect(run.results[1]).toMatchObject({
    ruleId: "unknown-attribute",
    ruleIndex: 1,
    level: "error",
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri, uriBaseId: "%SRCROOT%" },
          region: { startLine: 2, startColumn: 3, endLine: 2, endColumn: 7 },
        },
        logicalLocations: [{ fullyQualifiedName: "attributes.kye" }],
      },
    ],
    relatedLocations: [
      { id: 1, message: { text: "of this class" }, physicalLocation: { region: { startLine: 1 } } },
    ],
    fixes: [
      {
        artifactChanges: [
          {
            artifactLocation: { uri },
            replacements: [
              { deletedRegion: { startLine: 2, startColumn: 3 }, insertedContent: { text: "key" } },
            ],
          },
        ],
      },
    ],
  });
});

test("rules carry their page, and its address where the repository is known", () => {
  const [rule] = log([unknown], { repository: "https://example.com/dop" }).runs[0].tool.driver.rules;
  expect(rule).toEqual({
    id: "unknown-attribute",
    shortDescription: { text: "S." },
    help: { text: "S.", markdown: "S." },
    helpUri: "https://example.com/dop/blob/v1.2.3/platform/docs/problems.md#unknown-attribute",
  });
});

test("a fingerprint stays when lines are added above and differs for equal results", () => {
  const prints = (problems: readonly Problem[], over: Partial<SarifOptions>): string[] =>
    log(problems, over).runs[0].results.map((result: any) => result.partialFingerprints["dopProblem/v1"]);
  const before = prints([warning, { ...warning, span: span(4, 1) }], {});
  const moved = prints(
    [
      { ...warning, span: span(4, 1) },
      { ...warning, span: span(5, 1) },
    ],
    {
      linesOf: () => ["# new", ...lines],
    },
  );
  expect(moved).toEqual(before);
  expect(new Set(before).size).toBe(2);
});
