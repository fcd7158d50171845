import type { AssetKey } from "../core/asset-key.ts";

export const handleMark: unique symbol = Symbol.for("dop.handle");

/** Known to the compiler alone: the type of the value that will come. */
declare const handedType: unique symbol;

/** Where a value of a graph will come from: an output of one of its ops, or an asset that enters it. */
export type HandleSource =
  | {
      readonly kind: "output";
      readonly step: string;
      readonly output: string;
      readonly take: "one" | "collect";
      /** The dynamic output whose values it is one of. */
      readonly mapOver?: MapOver;
    }
  | { readonly kind: "asset"; readonly asset: AssetKey };

export interface MapOver {
  readonly step: string;
  readonly output: string;
}

/** A value of type `T` in a graph, before there is one: what an op gives another. */
export interface Handle<T = unknown> {
  readonly [handleMark]: HandleSource;
  readonly [handedType]?: T;
}

/** Any number of values in a graph; each is worked on by itself with `map`, or all together as a list. */
export interface MappedHandle<T = unknown> {
  /** Calls ops for one of the values, which stand for all: the ops run once for each. */
  map<Given extends MapResult>(each: (item: Handle<T>) => Given): Mapped<Given>;
  /** All values, in the order of their mapping keys. */
  collect(): Handle<T[]>;
  readonly [handedType]?: T;
}

/** What a function that is called for each value may give. */
export type MapResult = Handle | { readonly [name: string]: Handle };

export type Mapped<Given> =
  Given extends Handle<infer T>
    ? MappedHandle<T>
    : { readonly [Name in keyof Given]: Given[Name] extends Handle<infer T> ? MappedHandle<T> : never };

export function handleOf<T>(source: HandleSource): Handle<T> {
  return { [handleMark]: source };
}

export function isHandle(value: unknown): value is Handle {
  return typeof value === "object" && value !== null && handleMark in value;
}

export function sourceOf(handle: Handle): HandleSource {
  return handle[handleMark];
}

/** The values of an output that come once for each value of `mapOver`. */
export function mappedHandle<T>(
  place: { readonly step: string; readonly output: string },
  mapOver: MapOver,
): MappedHandle<T> {
  const at = { kind: "output", step: place.step, output: place.output } as const;
  return {
    map: (each) => mappedResult(each(handleOf({ ...at, take: "one", mapOver })), mapOver),
    collect: () => handleOf({ ...at, take: "collect" }),
  };
}

function mappedResult<Given extends MapResult>(given: Given, mapOver: MapOver): Mapped<Given> {
  if (isHandle(given)) return mappedOf(given, mapOver) as Mapped<Given>;
  const named = Object.entries(given).map(([name, handle]) => [name, mappedOf(handle, mapOver)]);
  return Object.fromEntries(named) as Mapped<Given>;
}

function mappedOf(handle: Handle, mapOver: MapOver): MappedHandle {
  const source = isHandle(handle) ? sourceOf(handle) : undefined;
  if (source?.kind !== "output" || source.mapOver === undefined) {
    throw new TypeError(
      "a function given to `map` returns what an op makes of the value that it is called with",
    );
  }
  return mappedHandle(source, mapOver);
}
