import type { Reporter, TestCase, TestModule } from "vitest/node";

/** One test as far as the closing line cares; `file` is relative to the project. */
export interface EndedTest {
  readonly file: string;
  readonly title: string;
  readonly state: "passed" | "failed" | "skipped";
  readonly note?: string;
}

/**
 * Says last, on a line of its own, `N passed, N failed, N skipped`, and before it why tests were skipped.
 *
 * As failed count also a file that could not be read, an error outside any test, a title that stands twice in a
 * file, and a run that found no test file.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()].map(endedTest));
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const repeated = repeatedTitles(tests);
    if (repeated.length > 0) process.exitCode = 1;
    const nothing = modules.length === 0 ? 1 : 0;
    const failed = nothing + broken + unhandledErrors.length + repeated.length;
    // Coverage and other reporters print after this call.
    process.once("exit", () => {
      for (const line of [...skippedLines(tests), ...repeated]) console.log(line);
      console.log(closingLine(tests, failed));
    });
  }
}

/** `failedBeside` is what failed without being a test. */
export function closingLine(tests: readonly EndedTest[], failedBeside: number): string {
  const count = (state: EndedTest["state"]) => tests.filter((test) => test.state === state).length;
  return `${count("passed")} passed, ${count("failed") + failedBeside} failed, ${count("skipped")} skipped`;
}

export function repeatedTitles(tests: readonly EndedTest[]): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { file, title } of tests) {
    const name = `${file} has two tests named "${title}"`;
    if (seen.has(name)) repeated.add(name);
    seen.add(name);
  }
  return [...repeated];
}

/** One line for each reason and file. */
export function skippedLines(tests: readonly EndedTest[]): string[] {
  const skipped = tests.filter(({ state }) => state === "skipped");
  const groups = Map.groupBy(skipped, ({ file, note }) => `${note ?? "no reason given"}: ${file}`);
  return [...groups].map(([reason, group]) => `SKIPPED ${group.length}: ${reason}`);
}

function endedTest(test: TestCase): EndedTest {
  const result = test.result();
  const ended = { file: test.module.relativeModuleId, title: test.fullName };
  if (result.state === "skipped") {
    return { ...ended, state: "skipped", ...(result.note === undefined ? {} : { note: result.note }) };
  }
  return { ...ended, state: result.state === "failed" ? "failed" : "passed" };
}
