import { isPlainObject } from "./secret.ts";

/** How an asset is sliced, as data. Meaning: spec/automation.md §3.1. */
export type PartitionsDefinition = TimePartitions | StaticPartitions | DynamicPartitions | MultiPartitions;

/** Windows between consecutive ticks of `cron`; a key is the start of its window, written with `format`. */
export interface TimePartitions {
  readonly type: "time";
  readonly cron: string;
  /** First possible window start, as written in the files, such as `2026-01-01`. */
  readonly start: string;
  /** Exclusive; absent means without end. */
  readonly end?: string;
  readonly timeZone: string;
  /** strftime text, such as `%Y-%m-%d`. */
  readonly format: string;
  /** Windows beyond the last complete one that exist already; negative takes some away. */
  readonly endOffset: number;
  /** Window starts or cron texts whose windows do not exist. */
  readonly exclusions?: readonly string[];
  /** How it was written, for reading it back. */
  readonly cadence?: "hourly" | "daily" | "weekly" | "monthly";
}

export interface StaticPartitions {
  readonly type: "static";
  readonly keys: readonly string[];
}

/** Keys are added while running and kept by the instance under `name`. */
export interface DynamicPartitions {
  readonly type: "dynamic";
  readonly name: string;
}

/** Dimensions sorted by name. */
export interface MultiPartitions {
  readonly type: "multi";
  readonly dimensions: { readonly [name: string]: TimePartitions | StaticPartitions | DynamicPartitions };
}

/** The key of one partition; of a multi partition JSON with sorted dimension names. */
export type PartitionKey = string & { readonly __brand: "PartitionKey" };

/** Some partitions of one asset, without naming each (DESIGN §5 *Partition sets*). */
export type PartitionSet =
  | { readonly kind: "all" }
  | {
      readonly kind: "ranges";
      readonly ranges: readonly (readonly [first: string, last: string])[];
      readonly count?: number;
    }
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  | { readonly kind: "product"; readonly boxes: readonly { readonly [dimension: string]: PartitionSet }[] };

/** Which slices of an upstream asset a slice needs. Meaning: spec/automation.md §3.2. */
export type PartitionMapping =
  | { readonly type: "identity" | "all" | "last" }
  | { readonly type: "specific"; readonly keys: readonly string[] }
  | { readonly type: "static"; readonly map: { readonly [upstreamKey: string]: readonly string[] } }
  | {
      readonly type: "time_window";
      /** Counted in windows of the downstream asset. */
      readonly startOffset: number;
      readonly endOffset: number;
      readonly allowNonexistent: boolean;
    }
  | { readonly type: "multi_to_single"; readonly dimension?: string }
  | {
      readonly type: "multi";
      readonly dimensions: {
        readonly [downstream: string]: { readonly dimension: string; readonly mapping: PartitionMapping };
      };
    };

/** Whether it is a definition as data; what people write for one has other fields. */
export function isPartitionsDefinition(value: unknown): value is PartitionsDefinition {
  if (!isPlainObject(value)) return false;
  if (value["type"] !== "multi") return isDimension(value);
  const { type: _type, dimensions, ...others } = value;
  return (
    isPlainObject(dimensions) &&
    Object.values(dimensions).every((part) => isPlainObject(part) && isDimension(part)) &&
    Object.keys(others).length === 0
  );
}

function isDimension(value: Record<string, unknown>): boolean {
  const { type, keys, name, cron, start, timeZone, format, endOffset, ...others } = value;
  if (type === "time") {
    return [cron, start, timeZone, format].every(isText) && typeof endOffset === "number";
  }
  if (Object.keys(others).length > 0) return false;
  if (type === "static") return Array.isArray(keys) && keys.every(isText);
  return type === "dynamic" && isText(name);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
