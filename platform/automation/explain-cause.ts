import type { AutomationCondition } from "../core/condition.ts";
import { conditionText } from "../core/condition-text.ts";
import type { ExplainCause, ExplainCauseCode } from "../core/explanation.ts";
import { countOrdinals, type Ordinals } from "../partition/ordinals.ts";
import { partitionSetOf } from "../partition/partition-set.ts";
import { partitionSetText } from "../partition/partition-set-text.ts";
import type { Entity } from "./entity-graph.ts";
import type { Tick } from "./tick.ts";
import type { Universe } from "./universe.ts";

/** A cause of which only what is known is given. */
export function explainCause(
  code: ExplainCauseCode,
  subject: string,
  known: Partial<Omit<ExplainCause, "code" | "subject">> & { readonly text: string },
): ExplainCause {
  return { code, subject, partitions: null, operand: null, run_id: null, at_ms: null, ...known };
}

/** An operand on one line, without a label. */
export function operandText(condition: AutomationCondition): string {
  const { label: _label, ...plain } = condition;
  return conditionText(plain as AutomationCondition);
}

/** null for an unpartitioned entity. */
export function partitionsText(ordinals: Ordinals, universe: Universe): string | null {
  if (universe.keys === undefined || ordinals.length === 0) return null;
  return partitionSetText(partitionSetOf(ordinals, universe.keys));
}

/** A moment for people, to the second where it is not a whole minute. */
export function timeText(ms: number): string {
  const [date, time = ""] = new Date(ms).toISOString().split("T");
  return `${date} ${time.slice(0, time.slice(6, 8) === "00" ? 5 : 8)} UTC`;
}

/** An entity with the partitions in question, as sentences name it. */
export function subjectText(entity: Entity, ordinals: Ordinals, tick: Tick): string {
  const universe = tick.universe(entity);
  const count = countOrdinals(ordinals);
  if (universe.keys === undefined || count === 0) return entity.key;
  return count <= 3
    ? `${entity.key} (${partitionsText(ordinals, universe)})`
    : `${entity.key} (${count} partitions)`;
}
