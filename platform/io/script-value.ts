import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";

/** Makes of a value of DuckDB what `Table` promises. */
export type ScriptValue = (value: DuckDBValue) => unknown;

/** How the values of one column are converted; found once, because a column may have millions of them. */
export function scriptValueOf(type: DuckDBType): ScriptValue {
  const convert = (converters[type.constructor.name] ?? asItIs)(type);
  return (value) => (value === null ? null : convert(value));
}

// biome-ignore lint/suspicious/noExplicitAny: each entry knows the type and the values of its class
type Converter = (type: any) => (value: any) => unknown;

const smallest = BigInt(Number.MIN_SAFE_INTEGER);
const largest = BigInt(Number.MAX_SAFE_INTEGER);
const exactNumber: Converter = () => (value: bigint) =>
  value >= smallest && value <= largest ? Number(value) : value;
const isoLocal: Converter = () => (value) => value.toString().replace(" ", "T");
const items: Converter = ({ valueType }) => {
  const convert = scriptValueOf(valueType);
  return (list: { items: readonly DuckDBValue[] }) => list.items.map(convert);
};
const asItIs: Converter = () => (value: unknown) => (typeof value === "object" ? String(value) : value);

// By name of the class, because the module with the classes is only loaded when a step first needs it.
const converters: { readonly [className: string]: Converter } = {
  DuckDBBigIntType: exactNumber,
  DuckDBUBigIntType: exactNumber,
  DuckDBHugeIntType: exactNumber,
  DuckDBUHugeIntType: exactNumber,
  DuckDBBigNumType: exactNumber,
  DuckDBDecimalType: () => (value) => value.toDouble(),
  DuckDBVarCharType:
    ({ alias }) =>
    (value: string) =>
      alias === "JSON" ? parsed(value) : value,
  DuckDBTimestampType: isoLocal,
  DuckDBTimestampSecondsType: isoLocal,
  DuckDBTimestampMillisecondsType: isoLocal,
  DuckDBTimestampNanosecondsType: isoLocal,
  DuckDBTimestampTZType: () => isoInstant,
  DuckDBBlobType:
    () =>
    ({ bytes }) =>
      bytes,
  DuckDBListType: items,
  DuckDBArrayType: items,
  DuckDBStructType({ entryNames, entryTypes }) {
    const converts: ScriptValue[] = entryTypes.map(scriptValueOf);
    return ({ entries }) =>
      Object.fromEntries(
        entryNames.map((name: string, index: number) => [name, converts[index]?.(entries[name])]),
      );
  },
  DuckDBMapType({ keyType, valueType }) {
    const [convertKey, convertValue] = [scriptValueOf(keyType), scriptValueOf(valueType)];
    return ({ entries }) =>
      Object.fromEntries(
        entries.map((entry: { key: DuckDBValue; value: DuckDBValue }) => [
          String(convertKey(entry.key)),
          convertValue(entry.value),
        ]),
      );
  },
  DuckDBUnionType({ memberTags, memberTypes }) {
    const converts: ScriptValue[] = memberTypes.map(scriptValueOf);
    return ({ tag, value }) => converts[memberTags.indexOf(tag)]?.(value);
  },
};

/** Microseconds since 1970 as text; beyond what JavaScript's calendar holds as DuckDB writes it. */
function isoInstant(value: { readonly micros: bigint; toString(): string }): string {
  const ms = Number(value.micros / 1000n);
  if (Math.abs(ms) > 8.64e15) return value.toString();
  if (value.micros % 1000n === 0n) return new Date(ms).toISOString();
  return Temporal.Instant.fromEpochNanoseconds(value.micros * 1000n).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
