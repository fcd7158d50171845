import { type AssetKey, parseAssetKey } from "../core/asset-key.ts";
import type { PartitionKey, PartitionMapping } from "../core/partitions.ts";
import { isReference, type Reference } from "../core/reference.ts";
import type { MaterializeResult } from "./output.ts";
import type { LoadOptions, Row, StepContext } from "./step.ts";

export const assetMark: unique symbol = Symbol.for("dop.asset");

/** Known to the compiler alone: the type of what is stored. */
declare const storedType: unique symbol;

/** An asset that others may take as an input or dep; `Stored` is the type of its stored value. */
export interface AssetReference<Stored = unknown> {
  readonly key: AssetKey;
  readonly [assetMark]: true;
  readonly [storedType]?: Stored;
}

/** What is stored of a function's result; one that gives nothing has stored something else itself. */
export type StoredValue<Result> =
  Result extends MaterializeResult<infer Value>
    ? [Value] extends [never]
      ? unknown
      : Value
    : Result extends void
      ? unknown
      : Result;

type As = NonNullable<LoadOptions["as"]>;

/** An upstream asset that is read slice by slice or piece by piece. */
export interface PartitionedInput<Stored = unknown, How extends As = As> {
  readonly upstream: AssetReference<Stored> | string;
  readonly as: How;
  readonly mapping?: PartitionMapping;
}

/**
 * An input that is mapped to many partitions: as one table, whose rows say their partition in the column `partition`,
 * or as an iterable that loads one slice after the other. Also for an input of any kind that is too large for memory: as
 * `batches` of rows. `mapping` says which slices; without one the default holds.
 */
export function partitioned<Stored, const How extends As>(
  upstream: AssetReference<Stored> | string,
  options: { readonly as: How; readonly mapping?: PartitionMapping },
): PartitionedInput<Stored, How> {
  return { upstream, ...options };
}

/** Upstream assets by the name under which the function gets their values. */
export type AssetInputs = { readonly [name: string]: AssetReference | PartitionedInput | string };

/** What a function gets for an input: the type that its upstream returns. */
export type InputValue<Source> =
  Source extends PartitionedInput<infer Stored, infer How>
    ? How extends "iterable"
      ? AsyncIterable<{ readonly partition: PartitionKey; readonly value: Stored }>
      : How extends "batches"
        ? AsyncIterable<readonly RowOf<Stored>[]>
        : readonly (RowOf<Stored> & { readonly partition: PartitionKey })[]
    : Source extends AssetReference<infer Stored>
      ? Stored
      : unknown;

type RowOf<Stored> = Stored extends readonly (infer Item)[] ? Item : Row;

export type InputValues<Inputs extends AssetInputs> = {
  readonly [Name in keyof Inputs]: InputValue<Inputs[Name]>;
};

/** An input with its key settled. */
export interface LoadedInput {
  readonly name: string;
  readonly key: AssetKey;
  readonly as?: As;
  readonly mapping?: PartitionMapping;
}

/** Throws RangeError for a text that is no asset key. */
export function inputsOf(ins: AssetInputs | undefined): LoadedInput[] {
  return Object.entries(ins ?? {}).map(([name, source]) =>
    typeof source === "object" && "upstream" in source
      ? {
          name,
          key: upstreamKey(source.upstream),
          as: source.as,
          ...(source.mapping === undefined ? {} : { mapping: source.mapping }),
        }
      : { name, key: upstreamKey(source) },
  );
}

/** The values of inputs, loaded at once. */
export async function loadInputs(
  context: Pick<StepContext, "load">,
  inputs: readonly LoadedInput[],
): Promise<{ [name: string]: unknown }> {
  const values = await Promise.all(
    inputs.map(async ({ name, key, as }) => {
      return [name, await (as === undefined ? context.load(key) : context.load(key, { as }))] as const;
    }),
  );
  return Object.fromEntries(values);
}

/** Throws RangeError for a text that is no asset key. */
export function keyOf(text: string): AssetKey {
  const parsed = parseAssetKey(text);
  if ("reason" in parsed) throw new RangeError(`${parsed.reason}: ${JSON.stringify(text)}`);
  return parsed.key;
}

export function upstreamKey(source: AssetReference | string): AssetKey {
  return typeof source === "string" ? keyOf(source) : source.key;
}

/** What is only awaited may also be a reference that the merge settles. */
export function depOf(dep: AssetReference | Reference | string): AssetKey | Reference {
  return isReference(dep) ? dep : upstreamKey(dep);
}
