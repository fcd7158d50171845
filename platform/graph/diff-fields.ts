import { assetFieldNames, plainMetadata } from "../core/asset-fields.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import type { CodeReference, Origins } from "../core/code-reference.ts";
import { type AutomationCondition, isAutomationCondition } from "../core/condition.ts";
import { conditionText } from "../core/condition-text.ts";
import type { FreshnessPolicy } from "../core/freshness.ts";
import type { Json, Metadata } from "../core/metadata.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import { freshnessJson, partitionsJson } from "./definition-json.ts";

/** One field of a definition that differs, by its name in YAML; null is a field that is not set. */
export interface FieldChange {
  readonly field: string;
  readonly before: Json;
  readonly after: Json;
  /** For conditions: their parts, one on a line. */
  readonly lines?: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly place?: CodeReference;
}

/** Definitions of any kind as a diff sees them. */
export interface Comparable {
  readonly [field: string]: unknown;
  readonly origins?: Origins;
  readonly codeReferences?: readonly CodeReference[];
}

const attributeOf: ReadonlyMap<string, string> = new Map(
  Object.entries(assetFieldNames).map(([attribute, field]) => [field, attribute]),
);

/** The fields in which two definitions differ, in the order of their names; fields in `leaveOut` are not compared. */
export function changedFields(
  before: Comparable,
  after: Comparable,
  leaveOut: ReadonlySet<string>,
): FieldChange[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !leaveOut.has(field))
    .sort();
  return fields.flatMap((field) => {
    const [was, is] = [before[field], after[field]];
    if (was === is || canonicalJson(was ?? null) === canonicalJson(is ?? null)) return [];
    const place = after.origins?.[field] ?? after.codeReferences?.[0];
    return [
      {
        field: attributeOf.get(field) ?? snakeCase(field),
        before: fieldJson(field, was),
        after: fieldJson(field, is),
        ...(field === "automationCondition" ? { lines: conditionLines(was, is) } : {}),
        ...(place === undefined ? {} : { place }),
      },
    ];
  });
}

/** A field's value for people: conditions as text, policies and partitions as in YAML, metadata without types. */
export function fieldJson(field: string, value: unknown): Json {
  if (value === undefined || value === null) return null;
  switch (field) {
    case "automationCondition":
      return conditionText(value as AutomationCondition);
    case "freshnessPolicy":
      return freshnessJson(value as FreshnessPolicy);
    case "partitions":
      return partitionsJson(value as PartitionsDefinition);
    case "metadata":
      return plainJson(plainMetadata(value as Metadata));
    default:
      return plainJson(value);
  }
}

/** Data with its keys as in YAML and secrets masked. */
function plainJson(value: unknown): Json {
  return JSON.parse(canonicalJson(value)) as Json;
}

function conditionLines(before: unknown, after: unknown): { before: string[]; after: string[] } {
  const lines = { before: linesOf(before), after: linesOf(after) };
  if (lines.before.join("\n") !== lines.after.join("\n")) return lines;
  // The same name for different conditions: show what the name stands for.
  return { before: linesOf(withoutLabel(before)), after: linesOf(withoutLabel(after)) };
}

function withoutLabel(condition: unknown): unknown {
  const { label: _label, ...unlabelled } = (condition ?? {}) as { readonly label?: string };
  return unlabelled;
}

function linesOf(condition: unknown): string[] {
  if (!isAutomationCondition(condition)) return [];
  if (condition.label !== undefined || (condition.type !== "and" && condition.type !== "or"))
    return [conditionText(condition)];
  const sign = condition.type === "and" ? "& " : "| ";
  return condition.operands.map((part, index) => {
    const text = conditionText(part);
    const inner =
      part.label === undefined && condition.type === "and" && part.type === "or" ? `(${text})` : text;
    return index === 0 ? inner : sign + inner;
  });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
