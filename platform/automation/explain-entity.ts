import type { AutomationCondition } from "../core/condition.ts";
import { conditionText } from "../core/condition-text.ts";
import type { ExplainCause, ExplainNext, Explanation } from "../core/explanation.ts";
import type { Entity } from "./entity-graph.ts";
import { evaluationOf, type TickInput } from "./evaluate.ts";
import { evaluateCondition } from "./evaluate-condition.ts";
import { blocksOf } from "./explain-blocks.ts";
import { explainCause, operandText } from "./explain-cause.ts";
import { explainFlip } from "./explain-changes.ts";
import { judgePoint } from "./explain-judge.ts";
import { Outlook } from "./explain-next.ts";
import { absentPartition } from "./explain-partition.ts";
import { type Point, pointOf } from "./explain-point.ts";
import { explainSchedules, nextScheduled } from "./explain-schedules.ts";
import { type ExplainSurroundings, noSurroundings } from "./explain-surroundings.ts";
import { proofOf } from "./explain-tick.ts";
import { explainTree } from "./explain-tree.ts";
import { causesFor } from "./explain-why.ts";
import { causesAgainst, runCause } from "./explain-why-not.ts";
import type { Evaluation } from "./tick.ts";

export interface ExplainInput extends TickInput {
  readonly entity: Entity;
  /** Absent: one that is requested now, else the newest. */
  readonly partition?: string;
  readonly surroundings?: ExplainSurroundings;
}

/**
 * Why an entity is requested at `now` by what is remembered, or why not; from stored facts and state alone. What user
 * code would have to say is unknown.
 */
export function explainEntity(input: ExplainInput): Explanation {
  const { entity, surroundings = noSurroundings, now } = input;
  const blocks = blocksOf(entity, surroundings);
  const shared = {
    schema: "dop.explain/1" as const,
    entity: entity.key,
    at_ms: now.epochMilliseconds,
    last_request: surroundings.lastRequest ?? null,
  };
  const { condition } = entity;
  if (condition === undefined) return { ...shared, ...explainSchedules({ ...input, surroundings }, blocks) };
  const outlook = new Outlook(entity, input);
  const { tick } = outlook;
  const evaluation = evaluationOf(entity, tick);
  const universe = tick.universe(entity);
  const chosen = input.partition ?? choosePartition(condition, evaluation);
  const place =
    entity.asset?.origins?.["automationCondition"] ?? entity.check?.origins?.["automationCondition"];
  const reference = place ?? (entity.asset ?? entity.check)?.codeReferences?.[0] ?? null;
  const text = conditionText(condition);
  const ordinal = chosen === undefined ? -1 : universe.ordinalOf(chosen);
  if (ordinal < 0) {
    const partition = chosen ?? input.partition ?? "";
    const { cause, isComing } = absentPartition(entity, { partition, universe, now: now.epochMilliseconds });
    return {
      ...shared,
      partition: partition === "" ? null : partition,
      answer: "not_requested",
      causes: [...blocks, cause],
      condition: { text, place: reference, tree: null },
      flip: null,
      next: isComing ? nextOf(input, outlook) : { kind: "never" },
      missing_evidence: [],
    };
  }
  const point = pointOf(condition, ordinal, evaluation);
  return {
    ...shared,
    partition: universe.keys === undefined ? null : universe.keyAt(ordinal),
    ...explainPoint(point, { input, outlook, surroundings, blocks }),
    condition: { text, place: reference, tree: explainTree(point) },
  };
}

/** The newest partition that is requested, else the newest; nothing where there is none. */
function choosePartition(condition: AutomationCondition, evaluation: Evaluation): string | undefined {
  const { tick, root } = evaluation;
  const universe = tick.universe(root);
  const { ordinals } = evaluateCondition(
    condition,
    { entity: root, candidates: universe.all },
    { ...evaluation, nodes: new Map() },
  );
  const last = ordinals.at(-1) ?? universe.all.at(-1);
  return last === undefined ? undefined : universe.keyAt(last[1] - 1);
}

function explainPoint(
  point: Point,
  {
    input,
    outlook,
    surroundings,
    blocks,
  }: {
    readonly input: ExplainInput;
    readonly outlook: Outlook;
    readonly surroundings: ExplainSurroundings;
    readonly blocks: readonly ExplainCause[];
  },
): Pick<Explanation, "answer" | "causes" | "flip" | "next" | "missing_evidence"> {
  const { holds, grounds } = judgePoint(point, new Map());
  const unknown = grounds.filter(({ leaf }) => leaf.isUnknown);
  const companion = holds ? undefined : requestedWith(point, outlook);
  const isDue = holds || companion !== undefined;
  const found = explainFlip(point);
  const causes = holds
    ? causesFor(proofOf(point), [[point.ordinal, point.ordinal + 1]], point.evaluation.tick)
    : companion !== undefined
      ? [companion]
      : withRun(causesAgainst(point, surroundings), point, surroundings);
  const isRequested = isDue && blocks.length === 0;
  return {
    answer: unknown.length > 0 ? "unknown" : isRequested ? "requested" : "not_requested",
    causes: isDue && !isRequested ? blocks : [...blocks, ...causes],
    flip: companion === undefined ? found : null,
    next: blocks.length > 0 ? { kind: "event", until_ms: null, upstream: null } : nextOf(input, outlook),
    missing_evidence: unknown.map(
      ({ leaf }) => `the answer of user code to ${operandText(leaf.condition)} for ${leaf.entity.key}`,
    ),
  };
}

/** A run of it that has not ended says more than that nothing is new. */
function withRun(
  causes: readonly ExplainCause[],
  { evaluation, ordinal }: Point,
  { runs }: ExplainSurroundings,
): readonly ExplainCause[] {
  const { root, tick } = evaluation;
  const partition = tick.universe(root).keyAt(ordinal);
  const run = runs.find((one) => one.isOf(root.key, partition));
  if (run === undefined || causes.some(({ run_id: id }) => id === run.id)) return causes;
  const { code, text } = runCause(run, root.key);
  const own = explainCause(code, root.key, {
    text,
    run_id: run.id,
    at_ms: run.retryAtMs ?? run.createdAtMs,
  });
  return [own, ...causes.filter((cause) => cause.code !== "nothing_new")];
}

/** That another member of its step is requested, without which it cannot run. */
function requestedWith({ evaluation, ordinal }: Point, outlook: Outlook): ExplainCause | undefined {
  const { root, tick } = evaluation;
  if (root.together.length <= 1) return undefined;
  const partition = tick.universe(root).keyAt(ordinal);
  const isOne = (key: string) => outlook.isRequested(key, partition);
  if (!isOne(root.key)) return undefined;
  const [other] = root.together.filter((key) => key !== root.key && isOne(key));
  return explainCause("requested_with", other ?? root.key, {
    text: `${other ?? "another asset"} of the same step is requested, and neither runs without the other`,
  });
}

function nextOf({ partition, surroundings, now }: ExplainInput, outlook: Outlook): ExplainNext {
  const next = outlook.next(partition === undefined ? {} : { partition });
  const scheduled = nextScheduled(surroundings?.schedules ?? [], now.epochMilliseconds);
  if (scheduled?.kind !== "at") return next;
  return next.kind === "at" && next.at_ms <= scheduled.at_ms ? next : scheduled;
}
