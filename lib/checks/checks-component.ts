import {
  type AssetCheckSpec,
  type AssetKey,
  assetKeyAttribute,
  type CheckKey,
  Component,
  type ComponentContext,
  checkKey,
  type Definitions,
  isReference,
  type Json,
  type StepContext,
  type StepDefinition,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { type CheckAttributes, checkSchema } from "./check-schema.ts";
import { evaluateCheck } from "./evaluate-check.ts";

const schema = Type.Object(
  {
    asset: Type.Optional(assetKeyAttribute),
    checks: Type.Array(checkSchema, {
      minItems: 1,
      description: "The checks; each may name an `asset` of its own.",
    }),
    resources: Type.Optional(
      Type.Array(Type.String(), { description: "Keys of resources that the checks' step needs." }),
    ),
  },
  {
    additionalProperties: false,
    description:
      "Checks of assets that are stored where DuckDB can read them. A failure tells how many rows failed and shows some of them.",
  },
);

interface DeclaredCheck {
  readonly key: CheckKey;
  readonly asset: AssetKey;
  readonly spec: AssetCheckSpec;
  readonly attributes: CheckAttributes;
}

export class ChecksComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "ChecksComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const declared = this.attributes.checks.flatMap((check, index) => this.#declare(context, check, index));
    const evaluated = declared.filter(({ attributes }) => attributes.type !== "freshness");
    const assets = [...new Set(evaluated.map(({ asset }) => asset))];
    return {
      checks: declared.map(({ spec }) => spec),
      steps: assets.map((asset) =>
        stepOf(
          `${context.name}.${asset}.checks`,
          evaluated.filter((check) => check.asset === asset),
          this.attributes.resources ?? [],
        ),
      ),
    };
  }

  #declare(context: ComponentContext, check: CheckAttributes, index: number): DeclaredCheck[] {
    const asset = check.asset ?? this.attributes.asset;
    if (asset === undefined || isReference(asset)) {
      context.report(["checks", index], {
        code: asset === undefined ? "missing-attribute" : "invalid-attribute-value",
        message:
          asset === undefined ? "`asset` is missing" : "a check that reads data names its asset by key",
        hint: "write `asset` here, or once beside `checks`",
      });
      return [];
    }
    const fault = faultOf(check);
    if (fault !== undefined) {
      context.report(["checks", index], { code: "invalid-attribute-value", message: fault });
      return [];
    }
    const name = check.name ?? nameOf(check);
    const further = check.type === "sql" ? Object.values(check.inputs ?? {}) : [];
    const spec: AssetCheckSpec = {
      name,
      asset,
      blocking: check.blocking ?? false,
      metadata: { check: { type: "json", value: settingsOf(check) } },
      ...(further.length === 0 ? {} : { additionalDeps: further }),
      ...(check.description === undefined ? {} : { description: check.description }),
      ...(this.attributes.resources === undefined ? {} : { resources: this.attributes.resources }),
      codeReferences: [context.codeReference(["checks", index])],
      origins: context.origins({
        name: ["checks", index, "name"],
        asset: check.asset === undefined ? ["asset"] : ["checks", index, "asset"],
        resources: ["resources"],
      }),
    };
    return [{ key: checkKey(asset, name), asset, spec, attributes: check }];
  }
}

/** One step for the checks of an asset; any of them may be asked for alone. */
function stepOf(
  name: string,
  checks: readonly DeclaredCheck[],
  resources: readonly string[],
): StepDefinition {
  return {
    name,
    assets: [],
    checks: checks.map(({ key }) => key),
    canSubset: true,
    execution: "check",
    resources,
    run: (context) => evaluateAll(context, checks),
  };
}

/** A check that can't be evaluated fails the step, but only after the others have answered. */
async function evaluateAll(context: StepContext, checks: readonly DeclaredCheck[]): Promise<void> {
  const failures: unknown[] = [];
  for (const { key, asset, attributes } of checks) {
    if (!context.selectedChecks.includes(key)) continue;
    try {
      const finding = await evaluateCheck(context, asset, attributes);
      context.checked(key, { ...finding, severity: attributes.severity ?? "error" });
    } catch (error) {
      context.log.error(`${key}: ${error instanceof Error ? error.message : String(error)}`);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** What no schema can say of a check. */
function faultOf(check: CheckAttributes): string | undefined {
  switch (check.type) {
    case "row_count":
      if (check.min === undefined && check.max === undefined && check.exactly === undefined) {
        return "a row count needs `min`, `max` or `exactly`";
      }
      return check.exactly !== undefined && (check.min !== undefined || check.max !== undefined)
        ? "`exactly` stands beside `min` or `max`"
        : undefined;
    case "range":
      return check.min === undefined && check.max === undefined ? "a range needs `min` or `max`" : undefined;
    case "metadata_bounds":
      return check.min_value === undefined && check.max_value === undefined
        ? "bounds need `min_value` or `max_value`"
        : undefined;
    default:
      return undefined;
  }
}

function nameOf(check: CheckAttributes): string {
  switch (check.type) {
    case "not_null":
    case "unique":
      return [check.type, ...check.columns].join("_");
    case "accepted_values":
    case "pattern":
    case "range":
      return `${check.type}_${check.column}`;
    case "metadata_bounds":
      return `${check.type}_${check.metadata_key}`;
    default:
      return check.type;
  }
}

function settingsOf({
  name: _name,
  asset: _asset,
  description: _description,
  blocking: _blocking,
  ...rest
}: CheckAttributes): Json {
  return JSON.parse(JSON.stringify(rest)) as Json;
}
