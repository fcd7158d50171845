import type { AutomationFacts, EntityKey } from "../automation/automation-facts.ts";
import { type GroupMembers, groupMembers } from "../automation/automation-groups.ts";
import { type EntityState, emptyState } from "../automation/automation-state.ts";
import { EntityGraph } from "../automation/entity-graph.ts";
import { requestCauses } from "../automation/explain-request.ts";
import { GroupTurn } from "../automation/group-turn.ts";
import { IncrementalAutomation, type IncrementalResult } from "../automation/incremental.ts";
import { requestedRuns } from "../automation/requested-runs.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { SensorSpec } from "../core/job.ts";
import type { RunRequest } from "../core/run.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import type { SimulationHistory } from "./simulation-history.ts";

export interface SimulatedAutomationOptions {
  readonly snapshot: DefinitionsSnapshot;
  readonly history: Pick<SimulationHistory, "groups" | "switches">;
  select(selection: string): ReadonlySet<string>;
  /** A group's selection means nothing. */
  onError(error: unknown, group: string): void;
}

/** What a condition asked for, with why. */
export interface AutomationRequest {
  readonly group: SensorSpec;
  readonly request: RunRequest;
  readonly why: string;
}

interface Group extends GroupMembers {
  readonly turn: GroupTurn;
  readonly engine: IncrementalAutomation;
}

/** Why something is asked for is told by so many causes at most. */
const mostCauses = 3;

/** Automation groups in virtual time. User code is not asked: what it would answer is not known. */
export class SimulatedAutomation {
  readonly graph: EntityGraph;
  readonly #select: (selection: string) => ReadonlySet<string>;
  readonly #groups: readonly Group[];

  constructor({ snapshot, history, select, onError }: SimulatedAutomationOptions) {
    const graph = new EntityGraph(snapshot.definitions);
    this.graph = graph;
    this.#select = select;
    this.#groups = groupMembers(snapshot, { select, onError })
      .filter(({ spec }) => (history.switches[spec.name]?.status ?? spec.defaultStatus) === "running")
      .map(({ spec, members }) => {
        const entities: { readonly [key: string]: EntityState } = history.groups[spec.name] ?? {};
        const engine = new IncrementalAutomation({
          graph,
          select,
          state: { entities },
          group: members,
          asksCode: false,
        });
        return { spec, members, engine, turn: new GroupTurn(spec) };
      });
  }

  get next(): number | undefined {
    let next: number | undefined;
    for (const { turn } of this.#groups)
      if (turn.next !== undefined && (next === undefined || turn.next < next)) next = turn.next;
    return next;
  }

  note(changed: Iterable<EntityKey>): void {
    for (const { turn } of this.#groups) turn.note(changed);
  }

  /** Ticks of the groups that are due. All of them see the same facts. */
  round(facts: AutomationFacts, moment: PartitionMoment): AutomationRequest[] {
    const requests: AutomationRequest[] = [];
    for (const { spec, turn, engine } of this.#groups) {
      if (!turn.isDue(moment.now.epochMilliseconds)) continue;
      const result = turn.tick(engine, { facts, now: moment.now });
      if (result.requested.length === 0) continue;
      const whyOf = this.#whys(result, { facts, moment });
      const tags = { ...spec.tags, "dop/automation": spec.name };
      for (const request of requestedRuns(result.requested, this.graph, moment))
        requests.push({ group: spec, request: { ...request, tags }, why: whyOf(request) });
    }
    return requests;
  }

  #whys(
    result: IncrementalResult,
    { facts, moment }: { readonly facts: AutomationFacts; readonly moment: PartitionMoment },
  ): (request: Pick<RunRequest, "assets" | "checks">) => string {
    const input = {
      graph: this.graph,
      select: this.#select,
      facts,
      state: emptyState,
      now: moment.now,
    };
    const decisions = new Map(result.requested.map((decision) => [decision.entity.key, decision]));
    return ({ assets, checks = [] }) => {
      const proved = [...assets, ...checks].filter((key) => result.proofs.has(key)).slice(0, mostCauses);
      const requested = proved.flatMap((key) => decisions.get(key) ?? []);
      const causes = [...requestCauses({ ...result, requested }, input).values()].flat();
      const texts = [...new Set(causes.map(({ text }) => text))];
      return texts.length === 0 ? "its condition holds" : texts.slice(0, mostCauses).join("; ");
    };
  }
}
