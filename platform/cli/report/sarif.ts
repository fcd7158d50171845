import { createHash } from "node:crypto";
import { type Problem, type ProblemCode, problemCodes } from "../../core/problem.ts";
import type { Span } from "../../core/span.ts";
import type { ProblemPage } from "../problem-pages.ts";
import type { LinesOf } from "./source-lines.ts";

export interface SarifOptions {
  readonly version: string;
  /** Page of each code; every code has one. */
  readonly pages: ReadonlyMap<string, ProblemPage>;
  /** Address of dop's repository; with it rules link to their page. */
  readonly repository?: string | undefined;
  /** The project's folder below the repository, with `/` at the end, or empty. */
  readonly prefix: string;
  readonly linesOf: LinesOf;
}

/** Problems as a SARIF 2.1.0 log: for code scanning on GitHub, GitLab and Azure, and for editors. */
export function sarifLog(problems: readonly Problem[], options: SarifOptions): object {
  const codes = problemCodes.filter((code) => problems.some((problem) => problem.code === code));
  const fingerprints = fingerprintsOf(problems, options.linesOf);
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "dop",
            version: options.version,
            rules: codes.map((code) => ruleOf(code, options)),
          },
        },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { "%SRCROOT%": { description: { text: "The root of the repository." } } },
        results: problems.map((problem, index) => ({
          ruleId: problem.code,
          ruleIndex: codes.indexOf(problem.code),
          level: problem.severity,
          message: {
            text: problem.hint === undefined ? problem.message : `${problem.message}\nhint: ${problem.hint}`,
          },
          locations: [
            {
              physicalLocation: physicalLocation(problem.span, options),
              ...(problem.path === undefined || problem.path === ""
                ? {}
                : { logicalLocations: [{ fullyQualifiedName: problem.path, kind: "member" }] }),
            },
          ],
          partialFingerprints: { "dopProblem/v1": fingerprints[index] },
          ...(problem.related.length === 0
            ? {}
            : {
                relatedLocations: problem.related.map(({ span, message }, id) => ({
                  id: id + 1,
                  message: { text: message },
                  physicalLocation: physicalLocation(span, options),
                })),
              }),
          ...(problem.fix === undefined ? {} : { fixes: [fixOf(problem, options)] }),
        })),
      },
    ],
  };
}

function ruleOf(code: ProblemCode, { pages, repository, version }: SarifOptions): object {
  const page = pages.get(code);
  return {
    id: code,
    ...(page === undefined
      ? {}
      : {
          shortDescription: { text: page.summary },
          help: { text: page.text, markdown: page.markdown },
        }),
    ...(repository === undefined
      ? {}
      : { helpUri: `${repository}/blob/v${version}/platform/docs/problems.md#${code}` }),
  };
}

function physicalLocation(span: Span, options: SarifOptions): object {
  return { artifactLocation: artifactOf(span.file, options), region: regionOf(span) };
}

function artifactOf(file: string, { prefix }: SarifOptions): object {
  const uri = `${prefix}${file}`.split("/").map(encodeURIComponent).join("/");
  return { uri, uriBaseId: "%SRCROOT%" };
}

function regionOf({ start, end }: Span): object {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

function fixOf({ code, fix = [] }: Problem, options: SarifOptions): object {
  const byFile = Map.groupBy(fix, ({ span }) => span.file);
  return {
    description: { text: `Mend ${code}` },
    artifactChanges: [...byFile].map(([file, edits]) => ({
      artifactLocation: artifactOf(file, options),
      replacements: edits.map(({ span, text }) => ({
        deletedRegion: regionOf(span),
        insertedContent: { text },
      })),
    })),
  };
}

/**
 * What tells a result of one run from those of another: code, file, path and the text of its line, not the line's
 * number, so that lines added above do not make it a new one. Equal ones are counted.
 */
function fingerprintsOf(problems: readonly Problem[], linesOf: LinesOf): string[] {
  const seen = new Map<string, number>();
  return problems.map(({ code, span, path }) => {
    const line = linesOf(span.file)?.[span.start.line - 1]?.trim() ?? "";
    const base = JSON.stringify([code, span.file, path ?? "", line]);
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    return `${createHash("sha256").update(base).digest("hex").slice(0, 32)}:${count}`;
  });
}
