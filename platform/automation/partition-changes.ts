/** Which partitions of an asset's facts became other ones, in order, as far back as is kept. */
export interface PartitionChanges {
  /** Grows with each change. */
  readonly revision: number;
  /** Keys of those that changed after a revision, maybe repeatedly; `undefined` where that is too long ago. */
  since(revision: number): readonly string[] | undefined;
}

/** Looking at so many one by one is not cheaper than at all of them. */
const mostKept = 2000;

export class ChangedPartitions implements PartitionChanges {
  #forgotten = 0;
  #keys: string[] = [];

  note(key: string): void {
    if (this.#keys.length === mostKept) {
      this.#forgotten += mostKept;
      this.#keys = [];
    }
    this.#keys.push(key);
  }

  get revision(): number {
    return this.#forgotten + this.#keys.length;
  }

  since(revision: number): readonly string[] | undefined {
    return revision < this.#forgotten ? undefined : this.#keys.slice(revision - this.#forgotten);
  }
}
