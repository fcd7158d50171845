import type { PartitionSet } from "../core/partitions.ts";

/** What one condition node remembers: the partitions that were true and, for `since`, when each was triggered. */
export interface NodeState {
  readonly set?: PartitionSet | null;
  /** Cursor and time of triggers that have one, by partition key; those of equal moments share an entry. */
  readonly moments?: readonly {
    readonly cursor: number | null;
    readonly at: number;
    readonly keys: readonly string[];
  }[];
  readonly codeVersion?: string | null;
}

/** What is remembered of one automated asset or check from tick to tick. */
export interface EntityState {
  /** Time of its previous evaluation, in milliseconds since 1970, and the end of that tick's window. */
  readonly at: number;
  readonly cursor: number;
  /** Kind of its partitions then; another kind makes the next evaluation a first one. */
  readonly kind: string;
  /** What was requested; `null` for nothing. */
  readonly requested: PartitionSet | null;
  readonly nodes: { readonly [node: string]: NodeState };
}

/**
 * State of an automation group: plain JSON. Nodes go by the hash of their condition without labels, so that moving,
 * naming or scoping one keeps what it remembers.
 */
export interface AutomationState {
  readonly entities: { readonly [key: string]: EntityState };
}

export const emptyState: AutomationState = { entities: {} };
