import type { EntityKey } from "../automation/automation-facts.ts";
import { answerOf, readAnswers, type StoredAnswers, writeAnswers } from "../instance/custom-answers.ts";
import type { TickRound } from "./tick-round.ts";

type Answer = readonly string[] | "all";
export type Asks = ReadonlyMap<string, ReadonlySet<EntityKey>>;

/** Custom conditions are asked anew after so long; sooner, but not at once again, when something has happened. */
const idleMs = 30_000;
const settleMs = 5_000;

/**
 * Answers of user code to custom conditions. They are asked in the background, and evaluation takes the last ones: what
 * was never answered holds for nothing, and where asking fails everything stays as it is.
 */
export class CustomConditions {
  #known: Map<string, StoredAnswers> | undefined;
  #asking = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asks: Asks | undefined;
  #changed = new Set<EntityKey>();

  answer(name: string, key: EntityKey): Answer | undefined {
    return answerOf(this.#known ?? new Map(), name, key);
  }

  /** Keys whose answers have changed since; and asks again if it is time. */
  async round(round: TickRound, asks: Asks, news: boolean): Promise<ReadonlySet<EntityKey>> {
    if (asks.size === 0) return new Set();
    this.#known ??= new Map(await readAnswers(round.desk.storage));
    const changed = this.#changed;
    this.#changed = new Set();
    const now = round.now.epochMilliseconds;
    const wait = news ? settleMs : idleMs;
    if (!this.#asking && (this.#asks !== asks || now - this.#askedAt >= wait)) {
      this.#asking = true;
      this.#asks = asks;
      this.#askedAt = now;
      this.#ask(round, asks)
        .catch((error: unknown) => round.onError(error, "custom conditions"))
        .finally(() => {
          this.#asking = false;
        });
    }
    return changed;
  }

  /** Milliseconds since 1970 at which it is to ask next. */
  next(asks: Asks): number | undefined {
    return asks.size === 0 ? undefined : this.#askedAt + idleMs;
  }

  async #ask(round: TickRound, asks: Asks): Promise<void> {
    const before = this.#changed.size;
    await Promise.all([...asks].map(([name, keys]) => this.#askOne(round, name, [...keys])));
    if (this.#changed.size > before) round.desk.wake();
  }

  async #askOne(round: TickRound, name: string, keys: readonly EntityKey[]): Promise<void> {
    const { desk, snapshot, now } = round;
    const { definitions } = snapshot;
    const condition = definitions.conditions?.find((one) => one.name === name);
    if (condition === undefined || desk.code === undefined) return;
    const start = definitions.keyPrefix === undefined ? "" : `${definitions.keyPrefix}/`;
    const { answers, failure } = await desk.code.condition(snapshot, condition, {
      keys: keys.map((key) => (key.startsWith(start) ? key.slice(start.length) : key)),
      now,
    });
    const before = this.#known?.get(name);
    const given: Record<string, Answer> = {};
    for (const [place, key] of keys.entries()) {
      const answer = answers[place] ?? null;
      const old = before?.answers[key];
      const now = answer === null ? old : answer === true ? "all" : answer === false ? [] : answer;
      if (now !== undefined) given[key] = now;
      if (JSON.stringify(now) !== JSON.stringify(old)) this.#changed.add(key);
    }
    const after: StoredAnswers = {
      answers: given,
      ...(failure === undefined ? {} : { failure: failure.message }),
    };
    if (failure !== undefined && failure.message !== before?.failure)
      round.onError(new Error(`the condition \`${name}\` gave no answer: ${failure.message}`), name);
    if (JSON.stringify(after) === JSON.stringify(before)) return;
    this.#known?.set(name, after);
    await writeAnswers(desk.storage, name, after);
  }
}
