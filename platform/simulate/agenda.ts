import { MinHeap } from "../automation/min-heap.ts";

/** What is to happen at which moment of virtual time (milliseconds since 1970); at one moment in the order of adding. */
export class Agenda {
  readonly #moments = new MinHeap<number>();
  readonly #acts = new Map<number, (() => void)[]>();

  add(at: number, act: () => void): void {
    const known = this.#acts.get(at);
    if (known !== undefined) {
      known.push(act);
      return;
    }
    this.#acts.set(at, [act]);
    this.#moments.push(at, at);
  }

  get next(): number | undefined {
    return this.#moments.first?.rank;
  }

  /** Does all that stands at the soonest moment, also what comes to stand there meanwhile. */
  doNext(): void {
    const at = this.#moments.first?.rank;
    const acts = at === undefined ? undefined : this.#acts.get(at);
    if (at === undefined || acts === undefined) return;
    // It may grow while it is worked off.
    for (let place = 0; place < acts.length; place++) acts[place]?.();
    this.#acts.delete(at);
    this.#moments.pop();
  }
}
