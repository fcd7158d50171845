import type { AssetKey } from "./asset-key.ts";
import { isPlainObject } from "./secret.ts";

/** JSON as data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly nullable?: boolean;
  readonly unique?: boolean;
  readonly tags?: { readonly [key: string]: string };
}

/** A value attached to an event or a spec; the types are those of the Pipes protocol (spec/execution.md §1.8). */
export type MetadataValue =
  | { readonly type: "text" | "url" | "path" | "notebook" | "md"; readonly value: string }
  | { readonly type: "json"; readonly value: Json }
  | { readonly type: "int" | "float"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "null"; readonly value: null }
  /** Milliseconds since 1970-01-01T00:00Z. */
  | { readonly type: "timestamp"; readonly value: number }
  | { readonly type: "run"; readonly value: string }
  | { readonly type: "asset"; readonly value: AssetKey }
  | {
      readonly type: "table";
      readonly value: { readonly columns: readonly TableColumn[]; readonly rows: readonly Json[] };
    }
  | { readonly type: "table_schema"; readonly value: { readonly columns: readonly TableColumn[] } }
  | {
      readonly type: "table_column_lineage";
      readonly value: {
        readonly [column: string]: readonly { readonly asset: AssetKey; readonly column: string }[];
      };
    };

export type Metadata = { readonly [name: string]: MetadataValue };

const metadataTypes: ReadonlySet<string> = new Set([
  "text",
  "url",
  "path",
  "notebook",
  "md",
  "json",
  "int",
  "float",
  "bool",
  "null",
  "timestamp",
  "run",
  "asset",
  "table",
  "table_schema",
  "table_column_lineage",
]);

/** What may be written where metadata is expected: a typed value or a plain one whose type is inferred. */
export type RawMetadata = { readonly [name: string]: MetadataValue | Json };

function isMetadataValue(value: unknown): value is MetadataValue {
  return (
    isPlainObject(value) &&
    typeof value["type"] === "string" &&
    metadataTypes.has(value["type"]) &&
    "value" in value &&
    Object.keys(value).length === 2
  );
}

/**
 * Whole numbers become `int`, others `float`; lists and mappings `json`; typed values keep their type. What JSON
 * cannot hold is told as text: `NaN`, and integers of more than 53 bits.
 */
function metadataValue(value: MetadataValue | Json): MetadataValue {
  if (isMetadataValue(value)) return settled(value);
  if (value === null) return { type: "null", value };
  if (typeof value === "object") {
    const plain = plainJson(value);
    return typeof plain === "object" ? { type: "json", value: plain } : metadataValue(plain);
  }
  const scalar = plainScalar(value);
  if (typeof scalar === "string") return { type: "text", value: scalar };
  if (typeof scalar === "boolean") return { type: "bool", value: scalar };
  return { type: Number.isInteger(scalar) ? "int" : "float", value: scalar };
}

/** Names without a value are left out. */
export function metadataOf(raw: RawMetadata): Metadata {
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, metadataValue(value)]),
  );
}

function settled(metadata: MetadataValue): MetadataValue {
  const { type, value } = metadata;
  if (typeof value === "object" && value !== null) {
    return { type, value: plainJson(value as Json) } as MetadataValue;
  }
  const scalar = plainScalar(value);
  if (scalar === value) return metadata;
  return { type: typeof scalar === "string" ? "text" : type, value: scalar } as MetadataValue;
}

/** A copy that JSON can hold; dates and secrets as their `toJSON` gives them. */
function plainJson(value: Json): Json {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => plainScalar(item))) as Json;
}

/** Rows of DuckDB hold `bigint`, and an average over nothing is `NaN`. */
function plainScalar<T>(value: T): T | number | string {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
