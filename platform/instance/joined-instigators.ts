import { InstanceError } from "./instance-error.ts";
import type { InstigatorKind, InstigatorRecords } from "./instigator-records.ts";
import { type ProjectMember, severalProjects } from "./project-member.ts";

/** Schedules and sensors of all projects; one whose name two projects have is asked for with its project. */
export function joinedInstigators(members: readonly ProjectMember[]): InstigatorRecords {
  const of = ({ instance }: ProjectMember) => instance.records.instigators;
  const having = async (kind: InstigatorKind, name: string): Promise<InstigatorRecords> => {
    const lists = await Promise.all(members.map((member) => of(member).list(kind)));
    const [only, ...others] = members.filter((_, place) => lists[place]?.some((one) => one.name === name));
    if (only === undefined)
      throw new InstanceError("unknown-instigator", `there is no ${kind} \`${name}\` in any project`);
    if (others.length > 0)
      throw severalProjects(members, `the ${kind} \`${name}\` is in more than one project`);
    return of(only);
  };
  return {
    list: async (kind) => (await Promise.all(members.map((member) => of(member).list(kind)))).flat(),
    switchTo: async (kind, name, status) => await (await having(kind, name)).switchTo(kind, name, status),
    reset: async (name) => await (await having("sensor", name)).reset(name),
    ticks: async (kind, name, page) => await (await having(kind, name)).ticks(kind, name, page),
  };
}
