import { existsSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import type { Problem } from "../core/problem.ts";
import { placeText } from "../core/render-problem.ts";
import type { CheckReport } from "../core/views.ts";
import { reportOf } from "../instance/check-report.ts";
import { applyFixes } from "./apply-fixes.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { folderInRepository } from "./folder-in-repository.ts";
import { type CheckedProject, checkProject } from "./load-definitions.ts";
import { readProblemPages } from "./problem-pages.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { githubAnnotations } from "./report/github-annotations.ts";
import { sarifLog } from "./report/sarif.ts";
import { sourceLines } from "./report/source-lines.ts";
import { counted, textReport } from "./report/text-report.ts";
import { dopRepository, dopVersion } from "./version.ts";

export interface CheckOptions extends ProjectChoice {
  readonly format: "text" | "json" | "sarif" | "github";
  readonly fix: boolean;
  readonly validateRequirements: boolean;
  readonly failOn: "error" | "warning";
  readonly paths: readonly string[];
}

/** Checks the project and prints the report; gives the exit code. */
export async function runCheck(options: CheckOptions, context: CommandContext): Promise<number> {
  const first = await checkProject(options, context);
  const wanted = pathFilter(options.paths, first.root, context);
  const checked = options.fix ? await fixAll(first, options, wanted, context) : first;
  const problems = checked.problems.filter(wanted);
  const report = reportOf(problems, checked.counts);
  context.print(reportText({ problems, report }, checked.root, options, context));
  return problems.some(({ severity }) => severity === "error" || options.failOn === "warning") ? 1 : 0;
}

interface Checked {
  readonly problems: readonly Problem[];
  readonly report: CheckReport;
}

function reportText(
  { problems, report }: Checked,
  root: string,
  { format }: CheckOptions,
  context: CommandContext,
): string {
  const linesOf = sourceLines(root);
  switch (format) {
    case "json":
      return JSON.stringify(report, undefined, 2);
    case "sarif": {
      const settings = { version: dopVersion(), repository: dopRepository(), pages: readProblemPages() };
      return JSON.stringify(
        sarifLog(problems, { ...settings, prefix: folderInRepository(root), linesOf }),
        undefined,
        2,
      );
    }
    case "github":
      return githubAnnotations(problems, folderInRepository(root)).join("\n");
    case "text":
      return textReport(problems, report.summary, {
        linesOf,
        color: context.color,
        // Leaves room for the line's number and bar.
        ...(context.columns === undefined ? {} : { width: Math.max(40, context.columns - 8) }),
      });
  }
}

// Mending one thing can bring up another, as a key that was misspelled has a value to judge.
const mostRounds = 10;

async function fixAll(
  first: CheckedProject,
  options: CheckOptions,
  wanted: (problem: Problem) => boolean,
  context: CommandContext,
): Promise<CheckedProject> {
  let checked = first;
  const fixed: Problem[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const applied = applyFixes(first.root, checked.problems.filter(wanted));
    if (applied.length === 0) break;
    fixed.push(...applied);
    checked = await checkProject(options, context);
  }
  for (const problem of fixed) context.say(`fixed ${placeText(problem.span)} [${problem.code}]`);
  const files = new Set(fixed.flatMap(({ fix = [] }) => fix.map(({ span }) => span.file)));
  context.say(
    fixed.length === 0
      ? "nothing to fix"
      : `fixed ${counted(fixed.length, "problem")} in ${counted(files.size, "file")}`,
  );
  return checked;
}

/** Whether a problem stands in one of the paths; all do where none is given. Throws CommandError for a path that is not there. */
function pathFilter(
  paths: readonly string[],
  root: string,
  { folder }: CommandContext,
): (problem: Problem) => boolean {
  const prefixes = paths.map((path) => {
    const absolute = resolve(folder, path);
    if (!existsSync(absolute)) throw new CommandError(`there is no file or folder \`${path}\``);
    const below = relative(root, absolute).split(sep).join("/");
    if (below.startsWith("..")) throw new CommandError(`\`${path}\` lies outside the project ${root}`);
    return below;
  });
  return ({ span }) =>
    prefixes.length === 0 ||
    prefixes.some((prefix) => prefix === "" || span.file === prefix || span.file.startsWith(`${prefix}/`));
}
