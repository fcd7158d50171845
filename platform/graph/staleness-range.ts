/** Answers about long stretches of two columns without looking at every value. */
export interface RangeIndex {
  /** First place from `from` on whose value is above `limit`; `to` where there is none. */
  nextAbove(from: number, to: number, limit: number): number;
  /** All masks of a stretch in one. */
  joined(from: number, to: number): number;
}

/** Shorter stretches are faster looked at one by one. */
export const longStretch = 128;

const blockSize = 64;

/** Over the places `first` up to `end`, as the columns are now. */
export function createRangeIndex(
  { first, end }: { readonly first: number; readonly end: number },
  values: Float64Array,
  masks: Uint16Array,
): RangeIndex {
  const blocks = Math.ceil((end - first) / blockSize);
  const highest = new Float64Array(blocks).fill(Number.NEGATIVE_INFINITY);
  const united = new Uint16Array(blocks);
  for (let place = first; place < end; place++) {
    const block = Math.floor((place - first) / blockSize);
    highest[block] = Math.max(highest[block] as number, values[place] as number);
    united[block] = (united[block] as number) | (masks[place] as number);
  }
  const blockAt = (place: number, to: number): number | undefined =>
    (place - first) % blockSize === 0 && place + blockSize <= to ? (place - first) / blockSize : undefined;
  return {
    nextAbove(from, to, limit) {
      for (let place = from; place < to; ) {
        const block = blockAt(place, to);
        if (block !== undefined && (highest[block] as number) <= limit) place += blockSize;
        else if ((values[place] as number) > limit) return place;
        else place++;
      }
      return to;
    },
    joined(from, to) {
      let mask = 0;
      for (let place = from; place < to; ) {
        const block = blockAt(place, to);
        mask |= (block === undefined ? masks[place] : united[block]) as number;
        place += block === undefined ? 1 : blockSize;
      }
      return mask;
    },
  };
}
