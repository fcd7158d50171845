import type { CodeReference } from "./code-reference.ts";

/** What decided, by one word; docs tell what to do about each. */
export const explainCauses = [
  // Why it was not requested
  "upstream_missing",
  "upstream_failed",
  "upstream_in_progress",
  "upstream_not_updated",
  "upstream_partition_absent",
  "upstream_not_ready",
  "check_failed",
  "check_not_run",
  "partition_not_in_range",
  "not_latest_window",
  "cron_not_reached",
  "catch_up_off",
  "paused",
  "pool_full",
  "queue_limit",
  "queued",
  "run_in_progress",
  "retry_delay",
  "code_not_loaded",
  "variable_missing",
  "tool_missing",
  "lock_missing",
  "freshness_not_due",
  "condition_changed",
  "handled",
  "first_evaluation",
  "nothing_new",
  "not_automated",
  "answer_unknown",
  "operand",
  // Why it was requested
  "cron_ticked",
  "upstream_updated",
  "upstream_requested",
  "newly_missing",
  "code_changed",
  "freshness_breached",
  "requested_with",
  "holds",
] as const;
export type ExplainCauseCode = (typeof explainCauses)[number];

/** One reason with its evidence. Times are milliseconds since 1970. */
export interface ExplainCause {
  readonly code: ExplainCauseCode;
  /** The same for people, as one sentence without its full stop. */
  readonly text: string;
  /** Asset, check, schedule, group, pool or component that it is about. */
  readonly subject: string;
  /** Text of a partition set of the subject. */
  readonly partitions: string | null;
  /** The operand of the condition, on one line. */
  readonly operand: string | null;
  readonly run_id: string | null;
  readonly at_ms: number | null;
}

/** An operand with the value that it would have to take. */
export interface ExplainChange {
  readonly operand: string;
  readonly entity: string;
  /** For which of its partitions it has another value now. */
  readonly partitions: string | null;
  readonly holds: boolean;
}

export const explainAnswers = ["requested", "not_requested", "unknown", "not_automated"] as const;

/** When it can be requested next if nothing else happens. */
export type ExplainNext =
  | {
      readonly kind: "at";
      readonly at_ms: number;
      readonly by: string | null;
      readonly partitions: string | null;
    }
  /** No moment of the clock changes the answer; looked at up to `until_ms`, or for ever. */
  | { readonly kind: "event"; readonly until_ms: number | null; readonly upstream: ExplainUpstream | null }
  /** Nothing will. */
  | { readonly kind: "never" };

/** An upstream asset that is requested by itself before, whose update may make this one due. */
export interface ExplainUpstream {
  readonly entity: string;
  readonly at_ms: number;
}

/** One part of the condition and how it came out. */
export interface ExplainPart {
  readonly condition: string;
  readonly entity: string;
  /** null where nobody knows. */
  readonly holds: boolean | null;
  readonly parts: readonly ExplainPart[];
}

/** `dop explain --json` and `GET /api/v1/assets/{key}/explain`. Keys may be added, none removed. */
export interface Explanation {
  readonly schema: "dop.explain/1";
  readonly entity: string;
  /** null for an unpartitioned one. */
  readonly partition: string | null;
  readonly at_ms: number;
  readonly answer: (typeof explainAnswers)[number];
  /** What decides first. */
  readonly causes: readonly ExplainCause[];
  readonly condition: {
    readonly text: string;
    readonly place: CodeReference | null;
    /** null where there is nothing to evaluate, as for a partition that does not exist. */
    readonly tree: ExplainPart | null;
  } | null;
  /** The smallest change of operands that gives the other answer; null where none does. */
  readonly flip: { readonly minimal: boolean; readonly changes: readonly ExplainChange[] } | null;
  readonly next: ExplainNext;
  /** The newest request of it that is remembered. */
  readonly last_request: ExplainRequest | null;
  /** What would have to be known for a better answer. */
  readonly missing_evidence: readonly string[];
}

/** A request that a tick made, and what came of it. */
export interface ExplainRequest {
  readonly by: string;
  readonly at_ms: number;
  readonly run_id: string | null;
  readonly run_status: string | null;
  readonly causes: readonly ExplainCause[];
}
