import { canonicalJson } from "../core/canonical-json.ts";
import {
  type FreshnessPolicy,
  type FreshnessReason,
  type FreshnessVerdict,
  freshnessStates,
} from "../core/freshness.ts";
import { freshnessVerdict } from "./freshness-state.ts";

/** What is remembered of an asset's freshness from one change to the next. */
export interface FreshnessRecord extends FreshnessVerdict {
  /** When it was judged so, in milliseconds since 1970. */
  readonly at: number;
  /** Place in the log of the newest materialization that was known then; 0 for none. */
  readonly cursor: number;
  /** Canonical text of the policy that it was judged by. */
  readonly policy: string;
}

export interface FreshnessFacts {
  /** From when on its age counts, in milliseconds since 1970; absent for what was never materialized. */
  readonly countsFrom: number | undefined;
  /** Place in the log of its newest materialization; 0 for none. */
  readonly cursor: number;
  readonly now: number;
}

export interface SettledFreshness {
  readonly record: FreshnessRecord;
  readonly verdict: FreshnessVerdict;
  /** Present where the state is another one than was recorded. */
  readonly reason?: FreshnessReason;
}

/**
 * Judges an asset after what is recorded of it. A clock that stands before the last change makes nothing fresher: the
 * state stays, unless the asset was materialized since or has another policy.
 */
export function settleFreshness(
  policy: FreshnessPolicy,
  before: FreshnessRecord | undefined,
  { countsFrom, cursor, now }: FreshnessFacts,
): SettledFreshness {
  const text = canonicalJson(policy);
  const isMade = cursor > (before?.cursor ?? 0);
  const isOther = before?.policy !== text;
  const at = before === undefined || isMade || isOther ? now : Math.max(now, before.at);
  const verdict = freshnessVerdict(policy, countsFrom, at);
  if (before !== undefined && at > now)
    return { record: before, verdict: { ...verdict, state: before.state } };
  const record = { ...verdict, at, cursor, policy: text };
  if (verdict.state === (before?.state ?? "unknown")) return { record, verdict };
  return { record, verdict, reason: isMade ? "materialized" : isOther ? "policy" : "time" };
}

/** Also reads the bare state that was kept once. */
export function parseFreshnessRecord(text: string): FreshnessRecord | undefined {
  const bare = freshnessStates.find((state) => state === text);
  if (bare !== undefined) return { state: bare, at: 0, cursor: 0, policy: "" };
  const { state, at, cursor, policy, ...moments } = JSON.parse(text) as Partial<FreshnessRecord>;
  const known = freshnessStates.find((one) => one === state);
  if (known === undefined) return undefined;
  return { state: known, ...moments, at: at ?? 0, cursor: cursor ?? 0, policy: policy ?? "" };
}
