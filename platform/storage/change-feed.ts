import type { Statements } from "./database.ts";
import type { StorageChange } from "./storage.ts";

export type ChangeListener = (change: StorageChange) => void;

/** How commits are made known to those who want to hear of them. */
export interface ChangeFeed {
  /** Called inside the transaction; the answer is called once that is committed. */
  publish(db: Statements, change: StorageChange): Promise<() => void>;
  subscribe(listener: ChangeListener): () => void;
  close(): Promise<void>;
}

/** Where one process alone writes: it knows all there is to tell. */
export class LocalChangeFeed implements ChangeFeed {
  readonly #listeners = new Set<ChangeListener>();

  async publish(_db: Statements, change: StorageChange): Promise<() => void> {
    return () => {
      for (const listener of [...this.#listeners]) listener(change);
    };
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }
}
