import {
  type AssetKey,
  type AssetSpec,
  assetKeyAttribute,
  assetKeyParts,
  assetSpecSchema,
  type BackfillPolicy,
  Component,
  type ComponentContext,
  type Definitions,
  isReference,
  type Static,
  type StepDefinition,
  StepError,
  sqlRelation,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { stepOfAssets } from "../step-of-assets.ts";
import { readStatement, statementFields, templateRule } from "./sql-statement.ts";
import { renderSql } from "./sql-template.ts";

const queryFields = {
  ...statementFields,
  inputs: Type.Optional(
    Type.Record(Type.String(), assetKeyAttribute, {
      description:
        "Upstream assets by the name under which the query reads them; they become deps. A dep that is not named here is read by the last part of its key.",
    }),
  ),
};

const statementSchema = Type.Object(
  { asset: assetSpecSchema, ...queryFields },
  { additionalProperties: false, description: "A query and the asset that holds its result." },
);

const schema = Type.Object(
  {
    asset: Type.Optional(assetSpecSchema),
    ...queryFields,
    assets: Type.Optional(
      Type.Array(statementSchema, { minItems: 1, description: "Several queries, each with its asset." }),
    ),
  },
  {
    additionalProperties: false,
    description: `Assets that are the results of DuckDB queries. Upstream assets are views, and the asset's IO manager stores the result. ${templateRule}`,
  },
);

type Statement = Static<typeof statementSchema>;

export class SqlComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "SqlComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { assets, asset, ...statement } = this.attributes;
    if (
      assets !== undefined &&
      (asset !== undefined || statement.path !== undefined || statement.sql !== undefined)
    ) {
      context.report(["assets"], {
        code: "invalid-attribute-value",
        message: "`assets` stands beside `asset`, `path` or `sql`",
        hint: "write one query with `asset`, or all of them below `assets`",
      });
      return {};
    }
    if (assets === undefined && asset === undefined) {
      context.report([], {
        code: "missing-attribute",
        message: "`asset` is missing",
        hint: "write `asset` and `path`, or a list below `assets`",
      });
      return {};
    }
    const statements: readonly Statement[] = assets ?? [{ asset: asset as Statement["asset"], ...statement }];
    const parts = statements.flatMap((written, index) =>
      definitionOf(context, written, assets === undefined ? [] : ["assets", index]),
    );
    return { assets: parts.map((part) => part.spec), steps: parts.map((part) => part.step) };
  }
}

function definitionOf(
  context: ComponentContext,
  statement: Statement,
  place: readonly (string | number)[],
): { spec: AssetSpec; step: StepDefinition }[] {
  const written = context.assetSpec(statement.asset, { kinds: ["duckdb"] });
  const read = readStatement(context, statement, { place, assets: [written.key], dialect: "duckdb" });
  if (read === undefined) return [];
  if (written.backfillPolicy !== undefined && mayJoinPartitions(written.backfillPolicy)) {
    context.report([...place, "asset", "backfill_policy"], {
      code: "invalid-attribute-value",
      message: "a query makes one partition at a time, so its partitions can't share a run",
      hint: "leave `backfill_policy` out",
    });
  }
  const explicit = inputsOf(context, statement.inputs ?? {}, [...place, "inputs"]);
  if (explicit === undefined) return [];
  const deps = [...(written.deps ?? []), ...Object.values(explicit)];
  const spec: AssetSpec = {
    codeVersion: read.version,
    ...written,
    deps: deps.filter((dep, index) => deps.indexOf(dep) === index),
    codeReferences: [
      ...(written.codeReferences ?? [context.codeReference(place)]),
      ...(statement.path === undefined ? [] : [context.fileReference(statement.path)]),
    ],
  };
  const inputs = { ...inferredInputs(context, written, { text: read.sample, explicit, place }), ...explicit };
  const step = stepOfAssets([spec], {
    name: spec.key,
    async run(step) {
      if ((step.partition?.keys.length ?? 1) > 1) {
        throw new StepError(
          `a query makes one partition at a time, and this step has ${step.partition?.keys.length}`,
          {
            retry: "never",
          },
        );
      }
      await step.store(spec.key, sqlRelation(renderSql(context, read.template, step), inputs));
    },
  });
  return [{ spec, step }];
}

function mayJoinPartitions(policy: BackfillPolicy): boolean {
  return policy.type === "single_run" || policy.maxPartitionsPerRun > 1;
}

function inputsOf(
  context: ComponentContext,
  inputs: NonNullable<Statement["inputs"]>,
  place: readonly (string | number)[],
): { readonly [name: string]: AssetKey } | undefined {
  const found: Record<string, AssetKey> = {};
  for (const [name, source] of Object.entries(inputs)) {
    if (isReference(source)) {
      context.report([...place, name], {
        code: "invalid-attribute-value",
        message: `the input \`${name}\` is a reference, but a query reads assets by their keys`,
        hint: "write the asset's key; a reference may stand in `deps`",
      });
      return undefined;
    }
    found[name] = source;
  }
  return found;
}

/** The deps that the query names by the last part of their keys; two of one name are a problem. */
function inferredInputs(
  context: ComponentContext,
  spec: AssetSpec,
  { text, explicit, place }: { text: string; explicit: object; place: readonly (string | number)[] },
): { readonly [name: string]: AssetKey } {
  const found: Record<string, AssetKey> = {};
  for (const dep of spec.deps ?? []) {
    if (isReference(dep)) continue;
    const name = assetKeyParts(dep).at(-1) as string;
    if (Object.hasOwn(explicit, name) || !mentions(text, name)) continue;
    if (found[name] !== undefined && found[name] !== dep) {
      context.report([...place, "asset", "deps"], {
        code: "invalid-attribute-value",
        message: `\`${name}\` could be ${found[name]} or ${dep}`,
        hint: "name both below `inputs`",
      });
    }
    found[name] = dep;
  }
  return found;
}

/** Whether `name` stands in the text as a whole word; case is ignored, as SQL does. */
function mentions(text: string, name: string): boolean {
  const words = text.toLowerCase();
  const word = name.toLowerCase();
  for (let at = words.indexOf(word); at >= 0; at = words.indexOf(word, at + 1)) {
    if (!isWordCharacter(words[at - 1]) && !isWordCharacter(words[at + word.length])) return true;
  }
  return false;
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}
