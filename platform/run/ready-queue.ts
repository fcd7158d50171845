/** What waits for its turn: higher priority first, then the lower place, then the lower turn. */
export interface Queued {
  readonly priority: number;
  readonly place: number;
  readonly turn: number;
  /** Pools with the slots that it takes of each; equal for all with the same `lane`. */
  readonly pools: readonly (readonly [pool: string, slots: number])[];
}

/** Steps that may start, in their order, as far as pools have room for them. */
export class ReadyQueue<T extends Queued> {
  /** Those that take the same of the same pools wait behind each other. */
  readonly #lanes = new Map<string, Heap<T>>();

  push(item: T): void {
    const name = JSON.stringify(item.pools);
    const lane = this.#lanes.get(name) ?? new Heap<T>();
    this.#lanes.set(name, lane);
    lane.push(item);
  }

  /**
   * The first whose pools have room. One that must wait for a pool keeps those behind it from taking of that pool, so
   * that one that takes many slots gets its turn; of other pools they may.
   */
  take(roomOf: (pool: string) => number, accepts: (item: T) => boolean = () => true): T | undefined {
    const lanes = [...this.#lanes.values()].filter(({ first }) => first !== undefined);
    if (lanes.length > 1) lanes.sort((a, b) => compare(a.first as T, b.first as T));
    const awaited = new Set<string>();
    for (const lane of lanes) {
      const item = lane.first as T;
      const lacking = item.pools.filter(([pool, slots]) => awaited.has(pool) || roomOf(pool) < slots);
      for (const [pool] of lacking) awaited.add(pool);
      if (lacking.length > 0 || !accepts(item)) continue;
      return lane.pop();
    }
    return undefined;
  }
}

function compare(a: Queued, b: Queued): number {
  return b.priority - a.priority || a.place - b.place || a.turn - b.turn;
}

class Heap<T extends Queued> {
  readonly #items: T[] = [];

  get first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (compare(items[above] as T, item) <= 0) break;
      items[at] = items[above] as T;
      at = above;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && compare(items[below + 1] as T, items[below] as T) < 0) below++;
      if (compare(last, items[below] as T) <= 0) break;
      items[at] = items[below] as T;
      at = below;
    }
    items[at] = last;
    return first;
  }
}
