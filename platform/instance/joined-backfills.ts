import type { BackfillRecords } from "./backfill-records.ts";
import { InstanceError } from "./instance-error.ts";
import { type ProjectMember, severalProjects } from "./project-member.ts";

/** Backfills of all projects; a new one is of the project that has what it selects. */
export function joinedBackfills(members: readonly ProjectMember[]): BackfillRecords {
  const of = ({ instance }: ProjectMember) => instance.records.backfills;
  const having = async (id: string): Promise<BackfillRecords> => {
    for (const member of members) if ((await of(member).find(id)) !== undefined) return of(member);
    throw new InstanceError("unknown-backfill", `there is no backfill \`${id}\` in any project`);
  };
  const refuse = async (): Promise<never> => {
    throw severalProjects(members, "a backfill is of one project");
  };
  return {
    plan: refuse,
    create: refuse,
    async list(filter) {
      const all = await Promise.all(members.map((member) => of(member).list(filter)));
      return all
        .flat()
        .toSorted((a, b) => b.created_at_ms - a.created_at_ms)
        .slice(0, filter.limit);
    },
    async find(id) {
      for (const member of members) {
        const found = await of(member).find(id);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    change: async (id, verb) => await (await having(id)).change(id, verb),
  };
}
