import type { CheckKey } from "../core/asset-key.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import type { Queued } from "./ready-queue.ts";

export type EndStatus = "success" | "failure" | "canceled" | "skipped" | "abandoned";

export function isBad(status: EndStatus | undefined): boolean {
  return status === "failure" || status === "canceled" || status === "abandoned";
}

/** A step of the schedule, one that runs once for each value, or an instance of such a one. */
export class ScheduleNode implements Queued {
  /** With the key of the instance. */
  readonly step: PlannedStep;
  readonly mappingKey: string | undefined;
  /** Of an instance. */
  readonly template: ScheduleNode | undefined;
  readonly priority: number;
  readonly place: number;
  readonly turn: number;
  readonly pools: readonly (readonly [pool: string, slots: number])[];
  /** Steps that wait for it; those `alongside` run over the same values and wait instance for instance. */
  readonly followers: { readonly node: ScheduleNode; readonly alongside: boolean }[] = [];
  readonly alongside: ScheduleNode[] = [];
  /** How many it still waits for. */
  waiting = 0;
  /** Why it cannot run, because of one before it. */
  bad: string | undefined;
  status: EndStatus | undefined;
  reason: string | undefined;
  failedBlocking: readonly CheckKey[] = [];
  /** By mapping key, once they are known. */
  instances: ReadonlyMap<string, ScheduleNode> | undefined;
  /** Instances that have not ended. */
  running = 0;

  constructor(
    step: PlannedStep,
    {
      place,
      turn = 0,
      mappingKey,
      template,
    }: { place: number; turn?: number; mappingKey?: string; template?: ScheduleNode },
  ) {
    this.step = step;
    this.mappingKey = mappingKey;
    this.template = template;
    this.place = place;
    this.turn = turn;
    this.priority = step.priority ?? 0;
    this.pools = template?.pools ?? poolsOf(step);
  }

  get isTemplate(): boolean {
    return this.step.mapOver !== undefined && this.template === undefined;
  }

  /** Waits for the steps that come before it. */
  follow(nodes: ReadonlyMap<string, ScheduleNode>): void {
    for (const key of this.step.after) {
      const before = nodes.get(key);
      if (before === undefined)
        throw new Error(`the plan has no step ${key}, which ${this.step.key} comes after`);
      const alongside = runsAlongside(this.step, before.step);
      before.followers.push({ node: this, alongside });
      if (alongside) this.alongside.push(before);
      this.waiting++;
    }
  }

  /** Of an instance: waits for that of the same value, where there is one that has not ended. */
  waitFor(before: ScheduleNode | undefined): void {
    if (before === undefined) return;
    this.waiting++;
    if (before.status !== undefined) this.hear(before);
  }

  /** One before it has ended, or (`alongside`) begun with its instances. */
  hear(before: ScheduleNode): void {
    this.waiting--;
    this.bad ??= badNews(before, this.step);
  }
}

function badNews(
  { step, status, reason, failedBlocking }: ScheduleNode,
  for_: PlannedStep,
): string | undefined {
  if (status === "abandoned") return reason;
  if (status === "failure") return `upstream step \`${step.key}\` failed`;
  if (status === "canceled") return `upstream step \`${step.key}\` was canceled`;
  // A check is asked even where another one did not pass.
  if (failedBlocking.length === 0 || for_.execution === "check") return undefined;
  return `blocking check ${failedBlocking.map((check) => `\`${check}\``).join(", ")} did not pass`;
}

/** Whether each instance waits for the other step's instance of the same value alone. */
function runsAlongside(step: PlannedStep, before: PlannedStep): boolean {
  const { mapOver, values = [] } = step;
  if (mapOver === undefined || before.mapOver === undefined) return false;
  if (mapOver.step !== before.mapOver.step || mapOver.output !== before.mapOver.output) return false;
  return !values.some(({ from }) =>
    from.some((source) => source.step === before.key && source.take === "collect"),
  );
}

function poolsOf({ pool, poolSlots = 1, pools = [] }: PlannedStep): (readonly [string, number])[] {
  const further = pools.map((name) => [name, 1] as const);
  return pool === undefined ? further : [[pool, poolSlots], ...further];
}
