import { createHash } from "node:crypto";
import { type ComponentContext, deferred, Type } from "#platform";
import type { SqlDialect } from "./sql-literal.ts";
import { type SqlTemplate, tryRenderSql } from "./sql-template.ts";

/** A statement in a file or in place, and the values that it names. */
export const statementFields = {
  path: Type.Optional(Type.String({ description: "The SQL file, relative to the component file." })),
  sql: Type.Optional(deferred(Type.String({ description: "The SQL itself, instead of a file." }))),
  parameters: Type.Optional(
    Type.Record(Type.String(), Type.Any(), {
      description: "Values that the SQL names as `{{ parameters.x }}`.",
    }),
  ),
};

/** What the description of every SQL class says of templates. */
export const templateRule =
  "Templates are evaluated when the step runs and may name `partition.key`, `partition.keys`, `partition.dimensions`, `window.start`, `window.end`, `window.start_local`, `window.end_local`, `parameters`, `run_id` and `assets`: each is a quoted SQL literal already, so write `where day = {{ partition.key }}`, without quotes of your own.";

export interface StatementAttributes {
  readonly path?: string;
  readonly sql?: string;
  readonly parameters?: { readonly [name: string]: unknown };
}

/**
 * The statement as a template, tried once with made-up values: `sample` is what came out; `version` is the code
 * version of assets that name none. Reports what is wrong at `place`, and gives nothing where there is no statement.
 */
export function readStatement(
  context: ComponentContext,
  { path, sql, parameters = {} }: StatementAttributes,
  {
    place,
    assets,
    dialect,
  }: { place: readonly (string | number)[]; assets: readonly string[]; dialect: SqlDialect },
): { template: SqlTemplate; sample: string; version: string } | undefined {
  if ((path === undefined) === (sql === undefined)) {
    context.report(place, {
      code: path === undefined ? "missing-attribute" : "invalid-attribute-value",
      message: path === undefined ? "a query is missing" : "`path` and `sql` are both given",
      hint: "write `path` for a file or `sql` for the query itself",
    });
    return undefined;
  }
  const template: SqlTemplate = {
    source: path === undefined ? sql : context.readTemplate(path),
    assets,
    parameters,
    dialect,
  };
  const { sql: sample, quotesValue } = tryRenderSql(context, template);
  if (quotesValue) {
    context.report([...place, path === undefined ? "sql" : "path"], {
      code: "invalid-attribute-value",
      message: "the query puts quotes around a template that gives a quoted literal already",
      hint: "leave the quotes out: `where day = {{ partition.key }}`",
    });
  }
  return { template, sample, version: versionOf(template) };
}

/** Changes with the statement as written and its parameters, never with what a run or a machine puts in. */
function versionOf({ source, parameters }: SqlTemplate): string {
  const text = typeof source === "string" ? source : (source as { readonly text: string }).text;
  return createHash("sha256").update(text).update(JSON.stringify(parameters)).digest("hex").slice(0, 16);
}
