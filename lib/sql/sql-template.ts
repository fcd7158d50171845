import { type ComponentContext, isPlainObject, reveal, type StepContext, StepError } from "#platform";
import { runNames, sampleRunNames } from "../run-names.ts";
import { type SqlDialect, sqlLiteral } from "./sql-literal.ts";

/** A statement as written, with what its templates may name besides the run. */
export interface SqlTemplate {
  /** Text, or a deferred template. */
  readonly source: unknown;
  readonly assets: readonly string[];
  readonly parameters: { readonly [name: string]: unknown };
  readonly dialect: SqlDialect;
}

/**
 * SQL with its templates evaluated for one step. Every value that a template names (`partition`, `window`,
 * `parameters`, `run_id`, `assets`) is a quoted literal already, so none is written between quotes.
 */
export function renderSql(component: ComponentContext, template: SqlTemplate, step: StepContext): string {
  const literal = (value: unknown): string => sqlLiteral(value, template.dialect);
  try {
    return withoutSemicolon(evaluate(component, template, { names: runNames(step), literal }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepError(`the SQL can't be rendered: ${reason}`, { retry: "never", cause: error });
  }
}

/**
 * SQL rendered with made-up values, so that a wrong name is found while loading; throws what the evaluation throws.
 * `quotesValue` tells whether a value stands between quotes, where its own quotes would end the text.
 */
export function tryRenderSql(
  component: ComponentContext,
  template: SqlTemplate,
): { sql: string; quotesValue: boolean } {
  const literal = (value: unknown): string => `\u0001${sqlLiteral(value, template.dialect)}\u0002`;
  const marked = evaluate(component, template, { names: sampleRunNames(template.assets), literal });
  return {
    sql: withoutSemicolon(marked.replaceAll(marks, "")),
    quotesValue: quotedMark.test(marked),
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: no statement holds these, so they can mark its values
const marks = /[\u0001\u0002]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const quotedMark = /'\s*\u0001[^\u0002]*\u0002\s*'/;

function evaluate(
  component: ComponentContext,
  { source, parameters }: SqlTemplate,
  { names, literal }: { names: object; literal: (value: unknown) => string },
): string {
  const values = literals({ ...names, parameters }, literal) as { readonly [name: string]: unknown };
  return String(reveal(component.evaluate(source, values)));
}

function literals(value: unknown, literal: (value: unknown) => string): unknown {
  if (!isPlainObject(value)) return literal(reveal(value));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, literals(item, literal)]));
}

function withoutSemicolon(sql: string): string {
  return sql.trim().replace(/;$/, "");
}
