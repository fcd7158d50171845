import type { Problem } from "../../platform/core/problem.ts";
import { type LoadComponentOptions, type LoadedForTest, loadComponent } from "../../platform/testing.ts";
import { fixtureClasses } from "./fixture-classes.ts";

/** Loads the text of a component file with the classes of these tests. */
export function load(yaml: string, options: LoadComponentOptions = {}): Promise<LoadedForTest> {
  return loadComponent(yaml, { ...options, classes: { ...fixtureClasses, ...options.classes } });
}

/** `code line:column path` of each problem, warnings with a `~` in front. */
export function told(problems: readonly Problem[]): string[] {
  return problems.map(
    ({ code, severity, span, path }) =>
      `${severity === "warning" ? "~" : ""}${code} ${span.start.line}:${span.start.column}${path === undefined ? "" : ` ${path}`}`,
  );
}

/** The attributes that a `fixture.Values` or the value that a `fixture.Scoped` got. */
export function arrived({ definitions }: LoadedForTest): unknown {
  const metadata = definitions.assets[0]?.metadata ?? {};
  return metadata["attributes"]?.value ?? metadata["value"]?.value;
}
