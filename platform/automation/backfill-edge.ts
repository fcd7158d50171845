import type { PartitionMapping } from "../core/partitions.ts";
import { intersectOrdinals, noOrdinals, type Ordinals, ordinalsOfIntervals } from "../partition/ordinals.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import { defaultMapping } from "../partition/partition-mapping.ts";
import { samePartitions } from "../partition/same-partitions.ts";
import { depMapping, isIdentity } from "./dep-mapping.ts";
import type { Universe } from "./universe.ts";

/** What partitions of an asset wait for in one upstream asset. */
export interface BackfillEdge {
  /** Whether each partition needs the one of the same key and no other. */
  readonly isSame: boolean;
  /** Whether asking costs the number of stretches, and not of partitions. */
  readonly isCheap: boolean;
  /** Upstream partitions that these need. */
  needs(partitions: Ordinals): Ordinals;
  /** Partitions that need any of these upstream ones. */
  touches(upstream: Ordinals): Ordinals;
  /** Partitions that need some which do not exist. */
  incomplete(partitions: Ordinals): Ordinals;
}

interface Sides {
  readonly downstream: Universe;
  readonly upstream: Universe;
}

/** `mapping` is `everything` where nobody knows what is read: then each partition needs all. */
export function backfillEdge(
  sides: Sides,
  {
    mapping,
    moment,
  }: { readonly mapping: PartitionMapping | "everything" | undefined; readonly moment: PartitionMoment },
): BackfillEdge {
  if (mapping === "everything") return constantEdge(sides, sides.upstream.all);
  const { downstream, upstream } = sides;
  const chosen =
    mapping ?? defaultMapping({ downstream: downstream.definition, upstream: upstream.definition });
  if (upstream.definition === undefined) return constantEdge(sides, upstream.all);
  if (chosen.type === "last" || chosen.type === "specific") {
    const mapped = depMapping(downstream, upstream, { mapping: chosen, moment });
    const some: Ordinals = downstream.all.length === 0 ? noOrdinals : [[0, 1]];
    const { ordinals, incomplete } = mapped.up(some);
    return constantEdge(sides, ordinals, incomplete.length > 0);
  }
  if (chosen.type === "all" || downstream.definition === undefined) return constantEdge(sides, upstream.all);
  const isAlike = samePartitions(downstream.definition, upstream.definition);
  if (isAlike && isIdentity(chosen)) return sameEdge(sides);
  const { definition } = downstream;
  if (
    isAlike &&
    chosen.type === "time_window" &&
    definition.type === "time" &&
    (definition.exclusions ?? []).length === 0
  )
    return shiftEdge(sides, chosen);
  const mapped = depMapping(downstream, upstream, { mapping: chosen, moment });
  return {
    isSame: mapped.isSame,
    isCheap: false,
    needs: (partitions) => mapped.up(partitions).ordinals,
    touches: (changed) => mapped.down(changed),
    incomplete: (partitions) => mapped.up(partitions).incomplete,
  };
}

function sameEdge({ downstream, upstream }: Sides): BackfillEdge {
  return {
    isSame: true,
    isCheap: true,
    needs: (partitions) => intersectOrdinals(partitions, upstream.all),
    touches: (changed) => intersectOrdinals(changed, downstream.all),
    incomplete: () => noOrdinals,
  };
}

/** Every partition needs the same ones. */
function constantEdge({ downstream, upstream }: Sides, needed: Ordinals, lacks = false): BackfillEdge {
  return {
    isSame: downstream.definition === undefined && upstream.definition === undefined,
    isCheap: true,
    needs: (partitions) => (partitions.length === 0 ? noOrdinals : needed),
    touches: (changed) => (intersectOrdinals(changed, needed).length === 0 ? noOrdinals : downstream.all),
    incomplete: (partitions) => (lacks ? partitions : noOrdinals),
  };
}

/** Windows of the same definition, some places earlier or later; at the edges what does not exist is not needed. */
function shiftEdge(
  { downstream, upstream }: Sides,
  { startOffset, endOffset }: Extract<PartitionMapping, { type: "time_window" }>,
): BackfillEdge {
  const shifted = (ordinals: Ordinals, by: readonly [number, number], { all }: Universe): Ordinals =>
    intersectOrdinals(ordinalsOfIntervals(ordinals.map(([from, to]) => [from + by[0], to + by[1]])), all);
  return {
    isSame: false,
    isCheap: true,
    needs: (partitions) => shifted(partitions, [startOffset, endOffset], upstream),
    touches: (changed) => shifted(changed, [-endOffset, -startOffset], downstream),
    incomplete: () => noOrdinals,
  };
}
