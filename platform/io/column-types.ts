import type { Row } from "../define/step.ts";

/** Types of columns as DuckDB names them, learnt from values; never guessed from text. */
export class ColumnTypes {
  readonly #types = new Map<string, string | undefined>();

  learn(row: Row): void {
    for (const name in row) {
      const known = this.#types.get(name);
      const type = typeOf(row[name]);
      if (type === undefined ? !this.#types.has(name) : type !== known) {
        this.#types.set(
          name,
          known === undefined ? type : type === undefined ? known : widerType(known, type),
        );
      }
    }
  }

  /** In the order in which columns were first seen; one that never had a value can become anything later. */
  get types(): ReadonlyMap<string, string> {
    return new Map([...this.#types].map(([name, type]) => [name, type ?? "TINYINT"]));
  }
}

function typeOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "boolean":
      return "BOOLEAN";
    case "number":
      return Number.isSafeInteger(value) ? "BIGINT" : "DOUBLE";
    case "bigint":
      return BigInt.asIntN(64, value) === value ? "BIGINT" : "HUGEINT";
    case "string":
      return "VARCHAR";
    case "object":
      return value === null ? undefined : typeOfObject(value);
    default:
      return undefined;
  }
}

function typeOfObject(value: object): string {
  if (value instanceof Date || value instanceof Temporal.Instant || value instanceof Temporal.ZonedDateTime) {
    return "TIMESTAMPTZ";
  }
  if (value instanceof Temporal.PlainDate) return "DATE";
  if (value instanceof Temporal.PlainDateTime) return "TIMESTAMP";
  if (value instanceof Temporal.PlainTime) return "TIME";
  if (value instanceof Uint8Array) return "BLOB";
  return "JSON";
}

const numbers = ["BIGINT", "HUGEINT", "DOUBLE"];

/** The type that holds values of both; text where nothing nearer does. */
function widerType(a: string, b: string): string {
  if (a === b) return a;
  if (numbers.includes(a) && numbers.includes(b)) {
    return numbers[Math.max(numbers.indexOf(a), numbers.indexOf(b))] as string;
  }
  return "VARCHAR";
}

/** A value as it is written into a line of JSON from which DuckDB reads it back with its type. */
export function writtenValue(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Temporal.ZonedDateTime) return value.toInstant().toString();
  return value;
}
