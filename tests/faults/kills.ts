import { descendants, kill, type RunningProcess } from "./descendants.ts";
import type { Seeded } from "./seeded.ts";

/** What a test kills: the process that executes a run, what its steps have started, or what has started it. */
export const victims = ["run worker", "grandchild", "owner"] as const;
export type Victim = (typeof victims)[number];

/** Kills, and what for: how often each kind of process was hit, at which word of the log. */
export class Killings {
  readonly random: Seeded;
  readonly byVictim = new Map<Victim, number>();
  readonly byPoint = new Map<string, number>();

  constructor(random: Seeded) {
    this.random = random;
  }

  get count(): number {
    return [...this.byVictim.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Kills one below any of the owners, or an owner itself; whether there was one. */
  strike(point: string, victim: Victim, owners: readonly number[]): boolean {
    const pid = victim === "owner" ? this.random.pick(owners) : this.#below(victim, owners)?.pid;
    if (pid === undefined || !kill(pid)) return false;
    this.byVictim.set(victim, (this.byVictim.get(victim) ?? 0) + 1);
    this.byPoint.set(point, (this.byPoint.get(point) ?? 0) + 1);
    return true;
  }

  text(): string {
    const counts = (map: ReadonlyMap<string, number>) =>
      [...map].map(([name, count]) => `${name} ${count}`).join(", ");
    return `killed ${counts(this.byVictim)}; at ${counts(this.byPoint)}`;
  }

  #below(victim: Victim, owners: readonly number[]): RunningProcess | undefined {
    const name = victim === "run worker" ? /run-worker-process/ : /^(sleep|sh) /;
    const found = owners.flatMap((owner) => descendants(owner)).filter(({ command }) => name.test(command));
    return this.random.pick(found);
  }
}
