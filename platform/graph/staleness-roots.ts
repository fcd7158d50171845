/** How many root causes are kept of an asset. */
export const rootsPerAsset = 10;

/** A root cause as one asset sees it. */
export interface StaleRoot {
  readonly kind: "code" | "data";
  /** Number of the asset whose code or data it is. */
  readonly node: number;
  /** Number of its slice; -1 where there is more than one. */
  readonly ordinal: number;
  readonly sinceMs: number | null;
  /** Assets between, nearest first. */
  readonly through: Way | undefined;
}

interface Way {
  readonly node: number;
  readonly rest: Way | undefined;
}

/** Set in a mask where a slice hands staleness on, whether or not there was room for its roots. */
export const carries = 1 << 15;

/** The root causes of each asset; a mask of a slice has a bit for each of its asset's that concerns it. */
export interface StaleRoots {
  of(node: number): readonly StaleRoot[];
  /** Adds a root, or joins it with what is known of it, and gives its mask. */
  maskOf(node: number, root: StaleRoot): number;
  /** Turns masks of `upstream` into those of `node`, which reads it. */
  carrier(node: number, upstream: number): (mask: number) => number;
}

export function createStaleRoots(count: number): StaleRoots {
  const lists: StaleRoot[][] = Array.from({ length: count }, () => []);
  const maskOf = (node: number, root: StaleRoot): number => {
    const list = lists[node] as StaleRoot[];
    const place = list.findIndex((one) => one.kind === root.kind && one.node === root.node);
    if (place >= 0) {
      list[place] = joined(list[place] as StaleRoot, root);
      return carries | (1 << place);
    }
    if (list.length === rootsPerAsset) return carries;
    return carries | (1 << (list.push(root) - 1));
  };
  return {
    of: (node) => lists[node] as StaleRoot[],
    maskOf,
    carrier(node, upstream) {
      if (node === upstream) return (mask) => mask;
      const own = new Uint16Array(rootsPerAsset);
      // Neighbouring slices mostly have the same roots.
      let last = 0;
      let carried = 0;
      return (mask) => {
        if (mask === last) return carried;
        last = mask;
        carried = mask & carries;
        for (let bit = 0; bit < rootsPerAsset; bit++) {
          if ((mask & (1 << bit)) === 0) continue;
          if (own[bit] === 0) {
            const root = lists[upstream]?.[bit] as StaleRoot;
            const through = root.node === upstream ? undefined : { node: upstream, rest: root.through };
            own[bit] = maskOf(node, { ...root, through });
          }
          carried |= own[bit] as number;
        }
        return carried;
      };
    },
  };
}

function joined(known: StaleRoot, further: StaleRoot): StaleRoot {
  const ordinal = known.ordinal === further.ordinal ? known.ordinal : -1;
  const sinceMs =
    known.sinceMs === null || further.sinceMs === null ? null : Math.min(known.sinceMs, further.sinceMs);
  return ordinal === known.ordinal && sinceMs === known.sinceMs ? known : { ...known, ordinal, sinceMs };
}
