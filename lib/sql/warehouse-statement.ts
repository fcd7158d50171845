import type { AssetSpec, AssetSpecAttributes, ComponentContext, Definitions, StepContext } from "#platform";
import { stepOfAssets } from "../step-of-assets.ts";
import type { SqlDialect } from "./sql-literal.ts";
import { readStatement, type StatementAttributes } from "./sql-statement.ts";
import { renderSql } from "./sql-template.ts";

/** One asset that a warehouse brings up to date with one statement; `run` sends it the SQL of a step. */
export function warehouseStatement(
  context: ComponentContext,
  attributes: StatementAttributes & { readonly asset: AssetSpecAttributes },
  {
    dialect,
    run,
  }: {
    readonly dialect: SqlDialect;
    run(sql: string, asset: AssetSpec, step: StepContext): Promise<void>;
  },
): Definitions {
  const { path } = attributes;
  const written = context.assetSpec(attributes.asset, { kinds: [dialect] });
  const read = readStatement(context, attributes, { place: [], assets: [written.key], dialect });
  if (read === undefined) return { assets: [written] };
  const asset: AssetSpec = {
    codeVersion: read.version,
    ...written,
    codeReferences: [
      ...(written.codeReferences ?? []),
      ...(path === undefined ? [] : [context.fileReference(path)]),
    ],
  };
  const step = stepOfAssets([asset], {
    name: asset.key,
    run: async (step) => await run(renderSql(context, read.template, step), asset, step),
  });
  return { assets: [asset], steps: [step] };
}
