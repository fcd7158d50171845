import {
  type AssetKey,
  assetKeyParts,
  type CheckOutcome,
  isReference,
  type Json,
  type RawMetadata,
  type Row,
  type StepContext,
  StepError,
} from "#platform";
import { sqlIdentifier } from "../sql/sql-literal.ts";
import type { CheckAttributes, CheckOf } from "./check-schema.ts";
import { judgeColumns, missingColumns } from "./column-checks.ts";
import { countFailures, duplicatesOf, failureCondition, rowsOf, sampleFailures } from "./failing-rows.ts";
import { jsonOf } from "./json-of.ts";

const sampleSize = 5;

/** What a check finds; the severity is added by the caller. */
type Finding = Omit<CheckOutcome, "severity">;

/** Looks at the stored asset and answers; rejects when the asset can't be read or a query fails. */
export async function evaluateCheck(
  context: StepContext,
  asset: AssetKey,
  check: CheckAttributes,
): Promise<Finding> {
  switch (check.type) {
    case "row_count":
      return countRows(context, asset, check);
    case "unique":
      return findDuplicates(context, asset, check);
    case "required_columns":
      return judgeNames(context, asset, check);
    case "columns":
      return judgeColumns(check, await describe(context, asset), (type) => canonicalType(context, type));
    case "metadata_bounds":
      return judgeMetadata(context, asset, check);
    case "sql":
      return askQuery(context, asset, check);
    case "freshness":
      throw new Error("freshness checks are not evaluated in a step");
    default:
      return findFailures(context, asset, check);
  }
}

async function countRows(
  context: StepContext,
  asset: AssetKey,
  check: CheckOf<"row_count">,
): Promise<Finding> {
  const rows = rowsOf(await context.relation(asset), check.where);
  const [row] = await context.query(`select count(*) as total from ${rows} as checked`);
  const total = Number(row?.["total"]);
  const { min = 0, max = Number.POSITIVE_INFINITY, exactly = total } = check;
  return {
    passed: total >= min && total <= max && total === exactly,
    description: `${total} rows`,
    metadata: { rows: total },
  };
}

async function findFailures(
  context: StepContext,
  asset: AssetKey,
  check: Parameters<typeof failureCondition>[0],
): Promise<Finding> {
  const rows = rowsOf(await context.relation(asset), check.where);
  const condition = failureCondition(check);
  const [counts] = await context.query(countFailures(rows, condition));
  const failed = Number(counts?.["failed"]);
  const sample = failed === 0 ? [] : await context.query(sampleFailures(rows, condition, sampleSize));
  return rowsFinding(failed, Number(counts?.["total"]), sample);
}

async function findDuplicates(
  context: StepContext,
  asset: AssetKey,
  check: CheckOf<"unique">,
): Promise<Finding> {
  const rows = rowsOf(await context.relation(asset), check.where);
  const duplicates = duplicatesOf(rows, check.columns);
  const [counts] = await context.query(
    `select (select coalesce(sum(occurrences), 0) from (${duplicates}) as repeated) as failed, (select count(*) from ${rows} as checked) as total`,
  );
  const failed = Number(counts?.["failed"]);
  const sample = failed === 0 ? [] : await context.query(`${duplicates} limit ${sampleSize}`);
  return rowsFinding(failed, Number(counts?.["total"]), sample);
}

async function askQuery(context: StepContext, asset: AssetKey, check: CheckOf<"sql">): Promise<Finding> {
  const relation = await context.relation(asset);
  const sources = new Map([
    ["asset", relation],
    [assetKeyParts(asset).at(-1) as string, relation],
  ]);
  for (const [name, key] of Object.entries(check.inputs ?? {})) {
    if (isReference(key)) throw new Error(`the input ${name} is an unresolved reference`);
    sources.set(name, await context.relation(key));
  }
  const views = [...sources].map(
    ([name, source]) => `${sqlIdentifier(name, "duckdb")} as (select * from ${source})`,
  );
  const asked = `with ${views.join(", ")} select * from (${check.sql.trim().replace(/;$/, "")}\n) as answer`;
  const sample = await context.query(`${asked} limit ${sampleSize + 1}`);
  const [first] = sample;
  const answer = first === undefined || sample.length > 1 ? undefined : Object.values(first);
  if (answer?.length === 1 && typeof answer[0] === "boolean") return { passed: answer[0] };
  if (sample.length <= sampleSize) return rowsFinding(sample.length, undefined, sample);
  const [counts] = await context.query(`select count(*) as failed from (${asked}) as failing`);
  return rowsFinding(Number(counts?.["failed"]), undefined, sample.slice(0, sampleSize));
}

async function judgeNames(
  context: StepContext,
  asset: AssetKey,
  check: CheckOf<"required_columns">,
): Promise<Finding> {
  const missing = missingColumns(check.columns, await describe(context, asset));
  return {
    passed: missing.length === 0,
    ...(missing.length === 0 ? {} : { description: `missing: ${missing.join(", ")}` }),
    metadata: { missing_columns: missing },
  };
}

async function judgeMetadata(
  context: StepContext,
  asset: AssetKey,
  check: CheckOf<"metadata_bounds">,
): Promise<Finding> {
  const metadata = await context.latestMetadata(asset);
  if (metadata === undefined) throw new StepError(`${asset} has no materialization yet`, { retry: "never" });
  const value = metadata[check.metadata_key];
  if (value?.type !== "int" && value?.type !== "float") {
    const given = value === undefined ? "not there" : `of type ${value.type}`;
    return {
      passed: false,
      description: `the metadata value \`${check.metadata_key}\` is ${given}, not a number`,
    };
  }
  const { min_value: min, max_value: max, exclusive_min, exclusive_max } = check;
  const low = min !== undefined && (exclusive_min ? value.value <= min : value.value < min);
  const high = max !== undefined && (exclusive_max ? value.value >= max : value.value > max);
  return {
    passed: !low && !high,
    description: `\`${check.metadata_key}\` is ${value.value}`,
    metadata: { value: value.value },
  };
}

async function describe(context: StepContext, asset: AssetKey): Promise<{ name: string; type: string }[]> {
  const rows = await context.query(`describe select * from ${await context.relation(asset)}`);
  return rows.map((row) => ({ name: String(row["column_name"]), type: String(row["column_type"]) }));
}

/** DuckDB's own name of a type, as `int` is `INTEGER`; text that is no type is upper-cased. */
async function canonicalType(context: StepContext, type: string): Promise<string> {
  if (!/^[a-z_][\w ]*(\([\d, ]+\))?(\[\d*\])*$/i.test(type)) return type.toUpperCase();
  try {
    const [row] = await context.query(`select typeof(cast(null as ${type})) as name`);
    return String(row?.["name"]);
  } catch {
    return type.toUpperCase();
  }
}

function rowsFinding(failed: number, total: number | undefined, sample: readonly Row[]): Finding {
  const metadata: RawMetadata = {
    failed_rows: failed,
    ...(total === undefined ? {} : { rows: total }),
    ...(sample[0] === undefined
      ? {}
      : {
          sample: {
            type: "table",
            value: {
              columns: Object.keys(sample[0]).map((name) => ({ name, type: "unknown" })),
              rows: sample.map((row) => jsonOf(row) as Json),
            },
          },
        }),
  };
  return {
    passed: failed === 0,
    ...(failed === 0 ? {} : { description: `${failed} ${failed === 1 ? "row fails" : "rows fail"}` }),
    metadata,
  };
}
