import { canonicalJson } from "../core/canonical-json.ts";
import type { PartitionMapping, PartitionsDefinition } from "../core/partitions.ts";
import type { PartitionMoment } from "./partition-keys.ts";

/** The two ends of a dep; an absent definition is an unpartitioned asset. */
export interface MappedSides {
  readonly downstream: PartitionsDefinition | undefined;
  readonly upstream: PartitionsDefinition | undefined;
}

/** A dep between two assets at one moment. Meaning of mappings: spec/automation.md §3.2. */
export interface MappedDep extends MappedSides {
  /** Absent: the default mapping. */
  readonly mapping?: PartitionMapping | undefined;
  readonly moment: PartitionMoment;
}

/** Whether two definitions have the same slices, however they were written. */
export function samePartitions(a: PartitionsDefinition, b: PartitionsDefinition): boolean {
  return a === b || canonicalJson(meaningOf(a)) === canonicalJson(meaningOf(b));
}

function meaningOf(definition: PartitionsDefinition): unknown {
  if (definition.type === "time") {
    const { cadence: _cadence, ...meaning } = definition;
    return meaning;
  }
  if (definition.type !== "multi") return definition;
  return Object.fromEntries(
    Object.entries(definition.dimensions).map(([name, dimension]) => [name, meaningOf(dimension)]),
  );
}
