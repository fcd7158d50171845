import type { PartitionMapping } from "../core/partitions.ts";
import {
  eachOrdinal,
  intersectOrdinals,
  noOrdinals,
  type Ordinals,
  uniteOrdinals,
} from "../partition/ordinals.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import { defaultMapping, downstreamKeys, upstreamKeys } from "../partition/partition-mapping.ts";
import { type MappedDep, samePartitions } from "../partition/same-partitions.ts";
import { keysOfOrdinals, ordinalsOfKeys, type Universe } from "./universe.ts";

/** How the partitions of two entities belong together, both ways, in their ordinals. */
export interface DepMapping {
  /** Upstream partitions that downstream ones need, and those of the latter that need some which do not exist. */
  up(ordinals: Ordinals): { readonly ordinals: Ordinals; readonly incomplete: Ordinals };
  /** Downstream partitions that need any of the upstream ones. */
  down(ordinals: Ordinals): Ordinals;
  /** Whether a partition needs the one of the same key and no other. */
  readonly isSame: boolean;
}

const one: Ordinals = [[0, 1]];

/** Between two entities without partitions. */
export const unpartitionedMapping: DepMapping = {
  isSame: true,
  up: (ordinals) => ({ ordinals, incomplete: noOrdinals }),
  down: (ordinals) => ordinals,
};

export function depMapping(
  downstream: Universe,
  upstream: Universe,
  { mapping, moment }: { readonly mapping: PartitionMapping | undefined; readonly moment: PartitionMoment },
): DepMapping {
  const sides = { downstream: downstream.definition, upstream: upstream.definition };
  const chosen = mapping ?? defaultMapping(sides);
  if (upstream.definition === undefined) {
    return {
      isSame: downstream.definition === undefined,
      up: (ordinals) => ({ ordinals: ordinals.length === 0 ? noOrdinals : one, incomplete: noOrdinals }),
      down: (ordinals) => (ordinals.length === 0 ? noOrdinals : downstream.all),
    };
  }
  const namesSome = chosen.type === "last" || chosen.type === "specific";
  if (chosen.type === "all" || (downstream.definition === undefined && !namesSome)) {
    return {
      isSame: false,
      up: (ordinals) => ({
        ordinals: ordinals.length === 0 ? noOrdinals : upstream.all,
        incomplete: noOrdinals,
      }),
      down: (ordinals) => (ordinals.length === 0 ? noOrdinals : downstream.all),
    };
  }
  if (
    downstream.definition !== undefined &&
    isIdentity(chosen) &&
    samePartitions(downstream.definition, upstream.definition)
  ) {
    return {
      isSame: true,
      up: (ordinals) => ({ ordinals: intersectOrdinals(ordinals, upstream.all), incomplete: noOrdinals }),
      down: (ordinals) => intersectOrdinals(ordinals, downstream.all),
    };
  }
  return byKeys({ downstream, upstream }, { ...sides, mapping: chosen, moment });
}

function byKeys(
  { downstream, upstream }: { readonly downstream: Universe; readonly upstream: Universe },
  dep: MappedDep,
): DepMapping {
  return {
    isSame: false,
    up(ordinals) {
      if (ordinals.length === 0) return { ordinals: noOrdinals, incomplete: noOrdinals };
      const { keys, missing } = upstreamKeys(dep, keysOfOrdinals(downstream, ordinals));
      return {
        ordinals: ordinalsOfKeys(upstream, keys),
        incomplete: missing.length === 0 ? noOrdinals : incompleteOf(ordinals, { downstream, dep }),
      };
    },
    down(ordinals) {
      if (ordinals.length === 0) return noOrdinals;
      if (downstream.definition === undefined) return one;
      return ordinalsOfKeys(downstream, downstreamKeys(dep, keysOfOrdinals(upstream, ordinals)));
    },
  };
}

function incompleteOf(
  ordinals: Ordinals,
  { downstream, dep }: { readonly downstream: Universe; readonly dep: MappedDep },
): Ordinals {
  let found: Ordinals = noOrdinals;
  for (const ordinal of eachOrdinal(ordinals)) {
    if (upstreamKeys(dep, [downstream.keyAt(ordinal)]).missing.length > 0)
      found = uniteOrdinals(found, [[ordinal, ordinal + 1]]);
  }
  return found;
}

/** Whether each partition maps to the one of the same window or key. */
export function isIdentity(mapping: PartitionMapping): boolean {
  return (
    mapping.type === "identity" ||
    (mapping.type === "time_window" && mapping.startOffset === 0 && mapping.endOffset === 0)
  );
}

/** From an entity to what it reads through others: `mappings` are pairs, down to one in between and up from there. */
export function mappingThrough(
  mappings: readonly (readonly [below: DepMapping, above: DepMapping])[],
): DepMapping {
  return {
    isSame: mappings.every(([below, above]) => below.isSame && above.isSame),
    up(ordinals) {
      let found = noOrdinals;
      let incomplete = noOrdinals;
      for (const [below, above] of mappings) {
        const between = below.up(ordinals);
        const top = above.up(between.ordinals);
        found = uniteOrdinals(found, top.ordinals);
        const lacking = intersectOrdinals(below.down(top.incomplete), ordinals);
        incomplete = uniteOrdinals(incomplete, uniteOrdinals(between.incomplete, lacking));
      }
      return { ordinals: found, incomplete };
    },
    down: (ordinals) =>
      mappings.map(([below, above]) => below.down(above.down(ordinals))).reduce(uniteOrdinals, noOrdinals),
  };
}
