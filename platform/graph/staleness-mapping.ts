import { canonicalJson } from "../core/canonical-json.ts";
import type { PartitionMapping, PartitionsDefinition } from "../core/partitions.ts";
import { type Ordinals, ordinalsOfNumbers } from "../partition/ordinals.ts";
import { type PartitionKeys, type PartitionMoment, TimeKeys } from "../partition/partition-keys.ts";
import { defaultMapping, upstreamKeys } from "../partition/partition-mapping.ts";
import { samePartitions } from "../partition/same-partitions.ts";
import { mapTimeUp } from "../partition/time-mapping.ts";

/** Which numbers of an upstream asset's slices each slice of an asset reads. An unpartitioned asset is one slice. */
export type SliceMapping =
  /** Each the one with its own number, as far as there is one. */
  | { readonly kind: "same" }
  /** All the same ones. */
  | { readonly kind: "constant"; readonly ordinals: Ordinals }
  /** Slice `i` those between the pairs of `bounds` from `starts[i]` up to `starts[i + 1]`. */
  | { readonly kind: "each"; readonly starts: Int32Array; readonly bounds: Int32Array };

/** The slices of one asset at one moment; `keys` is absent for an unpartitioned one. */
export interface Slices {
  readonly definition?: PartitionsDefinition | undefined;
  readonly keys?: PartitionKeys | undefined;
  readonly count: number;
}

/** Makes mappings at one moment; what deps between equal definitions have in common is made once. */
export function createSliceMappings(moment: PartitionMoment) {
  const known = new Map<string, SliceMapping>();
  const texts = new WeakMap<PartitionsDefinition, string>();
  const textOf = (definition: PartitionsDefinition): string => {
    const text = texts.get(definition) ?? canonicalJson(definition);
    texts.set(definition, text);
    return text;
  };
  return (downstream: Slices, upstream: Slices, named: PartitionMapping | undefined): SliceMapping => {
    if (upstream.definition === undefined || upstream.keys === undefined) return whole(upstream);
    const sides = { downstream: downstream.definition, upstream: upstream.definition };
    const mapping = named ?? defaultMapping(sides);
    if (mapping.type === "all") return whole(upstream);
    if (downstream.definition === undefined || mapping.type === "last" || mapping.type === "specific") {
      const { keys } = upstreamKeys({ ...sides, downstream: undefined, mapping, moment }, []);
      return { kind: "constant", ordinals: numbersOf(keys, upstream.keys) };
    }
    const text = `${textOf(downstream.definition)} ${textOf(upstream.definition)} ${canonicalJson(mapping)}`;
    const found = known.get(text) ?? mappingOf({ downstream, upstream, mapping, moment });
    known.set(text, found);
    return found;
  };
}

function whole({ count }: Slices): SliceMapping {
  return { kind: "constant", ordinals: count === 0 ? [] : [[0, count]] };
}

function numbersOf(keys: Iterable<string>, among: PartitionKeys): Ordinals {
  return ordinalsOfNumbers(Array.from(keys, (key) => among.indexOf(key)).filter((ordinal) => ordinal >= 0));
}

interface SlicedDep {
  readonly downstream: Slices;
  readonly upstream: Slices;
  readonly mapping: PartitionMapping;
  readonly moment: PartitionMoment;
}

function mappingOf({ downstream, upstream, mapping, moment }: SlicedDep): SliceMapping {
  const below = downstream.keys as PartitionKeys;
  const above = upstream.keys as PartitionKeys;
  const isPlain =
    mapping.type === "identity" ||
    (mapping.type === "time_window" && mapping.startOffset === 0 && mapping.endOffset === 0);
  if (isPlain && samePartitions(below.definition, above.definition)) return { kind: "same" };
  const starts = new Int32Array(below.count + 1);
  const bounds: number[] = [];
  const readBy = (key: string): Ordinals => {
    if (mapping.type === "time_window" && below instanceof TimeKeys && above instanceof TimeKeys)
      return mapTimeUp(mapping, { downstream: below, upstream: above }, [key]).ordinals;
    const dep = { downstream: below.definition, upstream: above.definition, mapping, moment };
    return numbersOf(upstreamKeys(dep, [key]).keys, above);
  };
  for (let ordinal = 0; ordinal < below.count; ordinal++) {
    for (const [from, to] of readBy(below.at(ordinal))) bounds.push(from, to);
    starts[ordinal + 1] = bounds.length;
  }
  return { kind: "each", starts, bounds: Int32Array.from(bounds) };
}
