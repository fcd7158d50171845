import { MinHeap } from "./min-heap.ts";

/** Keys by the moment at which each is wanted; one moment a key. */
export class Timers {
  readonly #heap = new MinHeap<string>();
  /** The moment that counts for each key; other entries of the heap are passed over. */
  readonly #moments = new Map<string, number>();

  set(key: string, at: number | undefined): void {
    if (at === undefined) this.#moments.delete(key);
    else if (this.#moments.get(key) !== at) {
      this.#moments.set(key, at);
      this.#heap.push(at, key);
    }
  }

  /** The soonest moment; nothing where no key has one. */
  get next(): number | undefined {
    for (let first = this.#heap.first; first !== undefined; first = this.#heap.first) {
      if (this.#moments.get(first.value) === first.rank) return first.rank;
      this.#heap.pop();
    }
    return undefined;
  }

  /** Takes out the keys whose moment has come. */
  *due(now: number): Generator<string> {
    for (let next = this.next; next !== undefined && next <= now; next = this.next) {
      const key = this.#heap.pop() as string;
      this.#moments.delete(key);
      yield key;
    }
  }
}
