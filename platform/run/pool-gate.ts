/** Slots of a pool that a step needs; `limit` is what the plan says of it. */
export interface PoolNeed {
  readonly pool: string;
  readonly slots: number;
  readonly limit: number;
}

/** Gives out slots of pools that several runs share. Within a run the limits hold anyway. */
export interface PoolGate {
  /** Resolves when the step, by its key, has all of them; rejects when `signal` aborts first. */
  claim(step: string, pools: readonly PoolNeed[], signal: AbortSignal): Promise<void>;
  /** Gives back all that the step has. */
  release(step: string): Promise<void>;
}
