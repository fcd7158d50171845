import { setImmediate } from "node:timers/promises";
import type { Storage } from "../../../platform/storage/storage.ts";
import type { DatabaseFault, FaultyDatabase } from "./faulty-database.ts";

/** A wish that an actor has of its storage, and that waits until the player of the history lets it through. */
interface Wish {
  readonly method: string;
  readonly asked: readonly unknown[];
  readonly perform: () => Promise<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How a wish is met: well, not well, or by the end of whoever had it. */
export type Outcome =
  | { readonly kind: "well" }
  | { readonly kind: "fault"; readonly fault: DatabaseFault }
  | { readonly kind: "crash"; readonly when: "before" | "after" | DatabaseFault };

/** A wish that was let through. */
export interface Met {
  readonly actor: Actor;
  readonly method: string;
  readonly asked: readonly unknown[];
  readonly outcome: Outcome;
}

/**
 * A process of the play: it does one task at a time and stops at each wish that it has of the storage, so that the
 * player decides what happens next. A crashed one says nothing any more, and what it waits for never comes.
 */
export class Actor {
  readonly name: string;
  /** Counted up at each crash. */
  life = 1;
  /** Whether one of its wishes went wrong in this task. */
  isTroubled = false;
  readonly #storage: Storage;
  readonly #database: FaultyDatabase;
  #wishes: Wish[] = [];
  #task: object | undefined;
  #stirred: (() => void) | undefined;

  constructor(name: string, storage: Storage, database: FaultyDatabase) {
    this.name = name;
    this.#storage = storage;
    this.#database = database;
  }

  /** Whether a task goes on. */
  get isBusy(): boolean {
    return this.#task !== undefined;
  }

  /** The storage as this life of the actor sees it. */
  storage(): Storage {
    const life = this.life;
    return new Proxy(this.#storage, {
      get: (target, name) => {
        const method = Reflect.get(target, name);
        if (typeof method !== "function" || name === "subscribe") return method;
        return (...asked: readonly unknown[]) =>
          new Promise((resolve, reject) => {
            if (life !== this.life) return;
            const perform = () => Reflect.apply(method, target, asked) as Promise<unknown>;
            this.#wishes.push({ method: String(name), asked, perform, resolve, reject });
            this.#stirred?.();
          });
      },
    });
  }

  /** Resolves when the task waits for its first wish, or is done. */
  async begin(task: () => Promise<void>): Promise<void> {
    const token = {};
    this.#task = token;
    this.isTroubled = false;
    const end = () => {
      if (this.#task !== token) return;
      this.#task = undefined;
      this.#stirred?.();
    };
    task().then(end, (error: unknown) => {
      if (this.#task === token) this.failure = error;
      end();
    });
    await this.#atRest();
  }

  /** What the last task failed with. */
  failure: unknown;

  /** Meets the oldest wish so; resolves when the actor waits for the next, or is done. */
  async meet(outcome: Outcome): Promise<Met> {
    const wish = this.#wishes.shift() as Wish;
    const { method, asked } = wish;
    const met = { actor: this, method, asked, outcome };
    if (outcome.kind === "crash" && outcome.when === "before") {
      this.crash();
      return met;
    }
    const fault = faultOf(outcome);
    if (fault !== undefined) this.#database.arm(fault);
    const answered = await wish.perform().then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    if (fault !== undefined && this.#database.disarm()) this.isTroubled = true;
    if (outcome.kind === "crash") {
      this.crash();
      return met;
    }
    if ("error" in answered) wish.reject(answered.error);
    else wish.resolve(answered.answer);
    await this.#atRest();
    return met;
  }

  crash(): void {
    this.life += 1;
    this.#wishes = [];
    this.#task = undefined;
  }

  async #atRest(): Promise<void> {
    for (;;) {
      await setImmediate();
      if (!this.isBusy || this.#wishes.length > 0) return;
      // It waits for something else, such as a look into a folder.
      await new Promise<void>((resolve) => (this.#stirred = resolve));
      this.#stirred = undefined;
    }
  }
}

function faultOf(outcome: Outcome): DatabaseFault | undefined {
  if (outcome.kind === "fault") return outcome.fault;
  return outcome.kind === "crash" && typeof outcome.when === "object" ? outcome.when : undefined;
}
