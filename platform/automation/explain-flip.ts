import { judgePoint, type LeafValue, type Suppositions, type Verdict } from "./explain-judge.ts";
import type { Leaf, Point } from "./explain-point.ts";

/** Leaves with the values that they would have to take for the answer to be the other one. */
export interface Flip {
  /** In the order of the tree; empty where a search that was cut short found none. */
  readonly changes: readonly LeafValue[];
  /** Whether no fewer would do, and none of as many that stand earlier. */
  readonly isMinimal: boolean;
}

/** With so many leaves every set is tried that could be the smallest, however long it takes. */
const mostExact = 20;
/** With more leaves sets are tried until so many leaves were looked at; then the next best leaf is taken each time. */
const mostLooked = 100_000;
/** Of what could be taken next so many are compared, in the order of the tree. */
const mostCompared = 4;

/**
 * The fewest leaves whose other values give the other answer, by order of the tree among equals; nothing where none
 * do.
 *
 * As long as the grounds of an answer stay it stays. So every set of changes that flips it changes one of them, and
 * only sets that do are tried, the smaller ones first.
 */
export function smallestFlip(point: Point): Flip | undefined {
  const isWanted = !judgePoint(point, new Map()).holds;
  const { length } = point.leaves;
  let left = length <= mostExact ? Number.POSITIVE_INFINITY : mostLooked / length;
  let tries: Try[] = [[]];
  while (tries.length > 0) {
    const next = new Map<string, Try>();
    let best: Try | undefined;
    for (const supposed of tries) {
      left -= 1;
      if (left < 0) return flipByGreed(point, isWanted);
      const { holds, grounds } = judgePoint(point, suppositionsOf(supposed));
      if (holds === isWanted) {
        if (best === undefined || comesBefore(supposed, best)) best = supposed;
        continue;
      }
      for (const ground of grounds) {
        const further = withChange(supposed, changeOf(ground));
        next.set(nameOf(further), further);
      }
    }
    if (best !== undefined) return { changes: changesOf(best, point.leaves), isMinimal: true };
    tries = [...next.values()];
  }
  return undefined;
}

/** Numbers of changes, ascending: twice the leaf's number, and one more where it is to hold. */
type Try = readonly number[];

function changeOf({ leaf, holds }: LeafValue): number {
  return leaf.number * 2 + Number(!holds);
}

function withChange(supposed: Try, change: number): Try {
  return [...supposed, change].sort((a, b) => a - b);
}

function nameOf(supposed: Try): string {
  return supposed.join();
}

function suppositionsOf(supposed: Try): Suppositions {
  return new Map(supposed.map((change) => [change >> 1, (change & 1) === 1]));
}

function changesOf(supposed: Try, leaves: readonly Leaf[]): LeafValue[] {
  return supposed.map((change) => ({ leaf: leaves[change >> 1] as Leaf, holds: (change & 1) === 1 }));
}

/** Of two of the same size. */
function comesBefore(a: Try, b: Try): boolean {
  for (const [at, change] of a.entries()) if (change !== b[at]) return change < (b[at] as number);
  return false;
}

/** Takes the change after which the fewest grounds are left, until the answer is the wanted one. */
function flipByGreed(point: Point, isWanted: boolean): Flip {
  const verdictOn = (supposed: Try) => judgePoint(point, suppositionsOf(supposed));
  let supposed: Try = [];
  for (let verdict = verdictOn(supposed); verdict.holds !== isWanted; verdict = verdictOn(supposed)) {
    const changes = verdict.grounds.map(changeOf).sort((a, b) => a - b);
    const [nearest] = changes
      .slice(0, mostCompared)
      .map((change) => withChange(supposed, change))
      .map((further) => ({ further, rest: restOf(verdictOn(further), isWanted) }))
      .toSorted((a, b) => a.rest - b.rest);
    // Without grounds nothing changes the answer from here.
    if (nearest === undefined) return { changes: [], isMinimal: false };
    supposed = nearest.further;
  }
  for (const change of supposed.toReversed()) {
    const fewer: Try = supposed.filter((one) => one !== change);
    if (verdictOn(fewer).holds === isWanted) supposed = fewer;
  }
  return { changes: changesOf(supposed, point.leaves), isMinimal: false };
}

function restOf({ holds, grounds }: Verdict, isWanted: boolean): number {
  if (holds === isWanted) return 0;
  return grounds.length === 0 ? Number.POSITIVE_INFINITY : grounds.length;
}
