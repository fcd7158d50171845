import type { AutomationFacts, EntityKey } from "./automation-facts.ts";
import type { IncrementalAutomation, IncrementalResult } from "./incremental.ts";

/** When an automation group ticks: what became known is seen to at once, yet no tick comes before its interval is over. */
export class GroupTurn {
  readonly #intervalMs: number;
  #changed = new Set<EntityKey>();
  #lastAt = Number.NEGATIVE_INFINITY;
  #nextAt: number | undefined = Number.NEGATIVE_INFINITY;

  constructor({ minimumIntervalSeconds }: { readonly minimumIntervalSeconds: number }) {
    this.#intervalMs = minimumIntervalSeconds * 1000;
  }

  /** Something became known of these. */
  note(changed: Iterable<EntityKey>): void {
    for (const key of changed) this.#changed.add(key);
  }

  /** The moment of the next tick if nothing happens, in milliseconds since 1970; nothing where there is none. */
  get next(): number | undefined {
    if (this.#changed.size === 0) return this.#nextAt;
    return Math.min(this.#nextAt ?? Number.POSITIVE_INFINITY, this.#lastAt + this.#intervalMs);
  }

  isDue(now: number): boolean {
    const next = this.next;
    // A clock that was set back must not hold the group up for longer than its interval.
    return next !== undefined && (now >= next || now < this.#lastAt);
  }

  /** Ticks with all that was noted since the tick before. */
  tick(
    engine: IncrementalAutomation,
    { facts, now }: { readonly facts: AutomationFacts; readonly now: Temporal.Instant },
  ): IncrementalResult {
    const changed = this.#changed;
    this.#changed = new Set();
    const result = engine.tick({ facts, now, changed });
    this.#lastAt = now.epochMilliseconds;
    this.#nextAt =
      result.nextWake === undefined ? undefined : Math.max(result.nextWake, this.#lastAt + this.#intervalMs);
    return result;
  }

  /** What was decided is not known any more: it is decided anew as soon as the interval allows. */
  restart(): void {
    this.#nextAt = this.#lastAt + this.#intervalMs;
  }
}
