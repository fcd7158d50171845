import type { ComponentRecord, DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { Problem } from "../core/problem.ts";
import type { ComponentView } from "../core/views.ts";
import { problemView } from "./check-report.ts";

/** Path of a command, or `undefined` where this machine has none. */
export type LookForTool = (name: string) => string | undefined;

/** The components with what this machine lacks to run them: a component that is ready needs its tools too. */
export function withToolStatus(
  components: readonly ComponentRecord[],
  lookFor: LookForTool,
): ComponentRecord[] {
  return components.map((component) => {
    const missing = component.tools.filter((tool) => lookFor(tool) === undefined);
    if (missing.length === 0) return component;
    const needs = [...component.needs, ...missing.map((tool) => `the command \`${tool}\``)];
    return { ...component, needs, status: component.status === "ready" ? "needs_tool" : component.status };
  });
}

/** Components with the problems that stand in their documents, in the order of the snapshot. */
export function componentViews(snapshot: DefinitionsSnapshot): ComponentView[] {
  const problems = problemsByComponent(snapshot);
  return snapshot.components.map((component) => {
    const { name, file, document, line, type, enabled, status, needs, tools, variables, assets, checks } =
      component;
    return {
      name,
      file,
      document,
      line,
      type,
      enabled,
      status,
      needs,
      tools,
      variables,
      assets,
      checks,
      problems: (problems.get(component) ?? []).map(problemView),
    };
  });
}

/** Each problem of a component file belongs to the last document that starts before it. */
export function problemsByComponent({
  components,
  problems,
}: DefinitionsSnapshot): Map<ComponentRecord, Problem[]> {
  const byFile = Map.groupBy(components, ({ file }) => file);
  const found = new Map<ComponentRecord, Problem[]>();
  for (const problem of problems) {
    const documents = byFile.get(problem.span.file) ?? [];
    const owner = documents.findLast(({ line }) => line <= problem.span.start.line) ?? documents[0];
    if (owner !== undefined) found.set(owner, [...(found.get(owner) ?? []), problem]);
  }
  return found;
}
