import type { Json, MetadataValue, RawMetadata, TableColumn } from "../../core/metadata.ts";
import { isPlainObject } from "../../core/secret.ts";
import { assetKeyOfPipes } from "./pipes-context.ts";

/** Reads a raw value as one type; `undefined` where it does not fit. */
type Reader = (raw: Json) => MetadataValue | undefined;

const textual =
  (type: "text" | "url" | "path" | "notebook" | "md"): Reader =>
  (raw) =>
    typeof raw === "string" ? { type, value: raw } : undefined;

const readers: { readonly [type: string]: Reader } = {
  text: textual("text"),
  url: textual("url"),
  path: textual("path"),
  notebook: textual("notebook"),
  md: textual("md"),
  json: (value) => ({ type: "json", value }),
  int: (raw) => (Number.isInteger(raw) ? { type: "int", value: raw as number } : undefined),
  float: (raw) => (typeof raw === "number" ? { type: "float", value: raw } : undefined),
  bool: (raw) => (typeof raw === "boolean" ? { type: "bool", value: raw } : undefined),
  null: () => ({ type: "null", value: null }),
  // The protocol counts in seconds.
  timestamp: (raw) => (typeof raw === "number" ? { type: "timestamp", value: raw * 1000 } : undefined),
  dagster_run: (raw) => (typeof raw === "string" ? { type: "run", value: raw } : undefined),
  asset: (raw) => {
    const asset = assetOf(raw);
    return asset === undefined ? undefined : { type: "asset", value: asset };
  },
  table: readTable,
  table_schema: (raw) => {
    const columns = columnsOf(raw);
    return columns === undefined ? undefined : { type: "table_schema", value: { columns } };
  },
  table_column_lineage: readLineage,
};

/**
 * Metadata as a process reports it: plain values, or `{type, raw_value}`. What does not fit the type that it claims is
 * taken by its own, and `warn` is told: a long computation should not fail for its label.
 */
export function metadataOfPipes(
  reported: { readonly [name: string]: Json },
  warn: (message: string) => void,
): RawMetadata {
  return Object.fromEntries(
    Object.entries(reported).map(([name, value]) => {
      if (!isTyped(value)) return [name, value];
      const { type, raw_value: raw } = value;
      if (type === "__infer__") return [name, inferred(raw)];
      const read = Object.hasOwn(readers, type) ? readers[type]?.(raw) : undefined;
      if (read !== undefined) return [name, read];
      warn(`the metadata \`${name}\` is not of the type \`${type}\` that was given for it`);
      return [name, inferred(raw)];
    }),
  );
}

function isTyped(value: Json): value is { readonly type: string; readonly raw_value: Json } {
  return (
    isPlainObject(value) &&
    typeof value["type"] === "string" &&
    "raw_value" in value &&
    Object.keys(value).length === 2
  );
}

/** A mapping is JSON, also one that looks like a typed value of ours. */
function inferred(raw: Json): MetadataValue | Json {
  return typeof raw === "object" && raw !== null ? { type: "json", value: raw } : raw;
}

function readTable(raw: Json): MetadataValue | undefined {
  if (!isPlainObject(raw) || !Array.isArray(raw["records"])) return undefined;
  const rows = raw["records"] as readonly Json[];
  const columns = raw["schema"] === undefined ? columnsOfRow(rows[0]) : columnsOf(raw["schema"] as Json);
  return columns === undefined ? undefined : { type: "table", value: { columns, rows } };
}

function columnsOfRow(row: Json | undefined): readonly TableColumn[] | undefined {
  if (!isPlainObject(row)) return row === undefined ? [] : undefined;
  return Object.entries(row).map(([name, value]) => ({ name, type: scalarTypes[typeof value] ?? "string" }));
}

const scalarTypes: { readonly [type: string]: string } = { number: "float", boolean: "bool" };

/** A list of columns, or a mapping that holds one as `columns`. */
function columnsOf(raw: Json): readonly TableColumn[] | undefined {
  const list = isPlainObject(raw) ? raw["columns"] : raw;
  if (!Array.isArray(list)) return undefined;
  const columns = (list as readonly unknown[]).map(columnOf);
  return columns.includes(undefined) ? undefined : (columns as TableColumn[]);
}

function columnOf(raw: unknown): TableColumn | undefined {
  if (!isPlainObject(raw) || typeof raw["name"] !== "string") return undefined;
  const { name, type, description, constraints } = raw;
  const { nullable, unique } = isPlainObject(constraints) ? constraints : {};
  return {
    name,
    type: typeof type === "string" ? type : "string",
    ...(typeof description === "string" ? { description } : {}),
    ...(typeof nullable === "boolean" ? { nullable } : {}),
    ...(typeof unique === "boolean" ? { unique } : {}),
  };
}

type Lineage = Extract<MetadataValue, { type: "table_column_lineage" }>["value"];

function readLineage(raw: Json): MetadataValue | undefined {
  const byColumn = isPlainObject(raw) ? raw["deps_by_column"] : undefined;
  if (!isPlainObject(byColumn)) return undefined;
  const entries = Object.entries(byColumn).map(([column, deps]) => [
    column,
    Array.isArray(deps) ? deps.map(columnDepOf) : [undefined],
  ]);
  if (entries.some(([, deps]) => deps?.includes(undefined as never))) return undefined;
  return { type: "table_column_lineage", value: Object.fromEntries(entries) as Lineage };
}

function columnDepOf(raw: unknown): Lineage[string][number] | undefined {
  if (!isPlainObject(raw) || typeof raw["column_name"] !== "string") return undefined;
  const asset = assetOf(raw["asset_key"] as Json);
  return asset === undefined ? undefined : { asset, column: raw["column_name"] };
}

/** A key as text, or its parts. */
function assetOf(raw: Json) {
  if (typeof raw === "string") return assetKeyOfPipes(raw);
  return Array.isArray(raw) ? assetKeyOfPipes(raw.map(String).join("/")) : undefined;
}
