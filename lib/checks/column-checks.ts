import type { CheckOutcome } from "#platform";
import type { CheckOf } from "./check-schema.ts";

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Names without a column; case is ignored, as DuckDB does. */
export function missingColumns(names: readonly string[], present: readonly Column[]): string[] {
  const known = new Set(present.map((column) => column.name.toLowerCase()));
  return names.filter((name) => !known.has(name.toLowerCase()));
}

/** Judges names and types; `canonicalType` gives a type's own name in DuckDB, so that `int` equals `INTEGER`. */
export async function judgeColumns(
  check: CheckOf<"columns">,
  present: readonly Column[],
  canonicalType: (type: string) => Promise<string>,
): Promise<Omit<CheckOutcome, "severity">> {
  const byName = new Map(present.map((column) => [column.name.toLowerCase(), column]));
  const missing = missingColumns(
    check.columns.map((column) => column.name),
    present,
  );
  const wanted = new Set(check.columns.map((column) => column.name.toLowerCase()));
  const unexpected =
    check.mode === "exact"
      ? present.map(({ name }) => name).filter((name) => !wanted.has(name.toLowerCase()))
      : [];
  const mistyped: string[] = [];
  for (const { name, type } of check.columns) {
    const found = byName.get(name.toLowerCase());
    if (found === undefined || type === undefined) continue;
    const expected = await canonicalType(type);
    if (found.type !== expected) mistyped.push(`${name} is ${found.type}, not ${expected}`);
  }
  const faults = [
    ...(missing.length === 0 ? [] : [`missing: ${missing.join(", ")}`]),
    ...(unexpected.length === 0 ? [] : [`unexpected: ${unexpected.join(", ")}`]),
    ...mistyped,
  ];
  return {
    passed: faults.length === 0,
    ...(faults.length === 0 ? {} : { description: faults.join("; ") }),
    metadata: { missing_columns: missing, unexpected_columns: unexpected, mistyped_columns: mistyped },
  };
}
