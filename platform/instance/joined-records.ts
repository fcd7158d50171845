import type { HealthView, StaleStatus } from "../core/views.ts";
import { InstanceError } from "./instance-error.ts";
import { joinedBackfills } from "./joined-backfills.ts";
import { joinedInstigators } from "./joined-instigators.ts";
import { type ProjectMember, severalProjects } from "./project-member.ts";
import type { Records } from "./records.ts";

/** Records stay with their project; whoever wants to change or describe them names it. */
export function joinedRecords(members: readonly ProjectMember[]): Records {
  return {
    async staleness() {
      const all = await Promise.all(members.map(({ instance }) => instance.records.staleness()));
      return new Map<string, StaleStatus>(all.toReversed().flatMap((one) => [...one]));
    },
    async health() {
      const all = await Promise.all(members.map(({ instance }) => instance.records.health()));
      return new Map<string, HealthView>(all.toReversed().flatMap((one) => [...one]));
    },
    async pools() {
      const all = await Promise.all(members.map(({ instance }) => instance.records.pools()));
      return all.flat();
    },
    async setPoolLimit(name, limit) {
      const having = await Promise.all(
        members.map(async ({ instance }) =>
          (await instance.records.pools()).some((pool) => pool.name === name),
        ),
      );
      const [only, ...others] = members.filter((_, place) => having[place]);
      if (only === undefined || others.length > 0)
        throw severalProjects(
          members,
          `the pool \`${name}\` is ${only === undefined ? "in no project" : "in more than one project"}`,
        );
      return await only.instance.records.setPoolLimit(name, limit);
    },
    async explain(key, question) {
      for (const { instance } of members) {
        const { definitions } = await instance.definitions.ready();
        if ([...definitions.assets, ...definitions.checks].some((one) => one.key === key))
          return await instance.records.explain(key, question);
      }
      throw new InstanceError("unknown-asset", `there is no asset \`${key}\` in any project`);
    },
    partitions: {
      async list() {
        const all = await Promise.all(members.map(({ instance }) => instance.records.partitions.list()));
        return all.flat();
      },
      add: async () => {
        throw severalProjects(members, "each project has partitions of its own");
      },
      remove: async () => {
        throw severalProjects(members, "each project has partitions of its own");
      },
    },
    instigators: joinedInstigators(members),
    backfills: joinedBackfills(members),
    async purge() {
      throw severalProjects(members, "each project has records of its own");
    },
    async simulationHistory() {
      throw severalProjects(members, "each project is simulated by itself");
    },
    async describe() {
      throw severalProjects(members, "each project has a storage of its own");
    },
  };
}
