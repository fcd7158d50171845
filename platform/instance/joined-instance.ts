import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import type { Instance } from "./instance.ts";
import { InstanceError } from "./instance-error.ts";
import { joinedCatalog } from "./joined-catalog.ts";
import { joinedRecords } from "./joined-records.ts";
import { joinedRuns } from "./joined-runs.ts";
import type { JoinedSource } from "./joined-source.ts";
import type { JoinedStaleness } from "./joined-staleness.ts";
import { type ProjectMember, severalProjects } from "./project-member.ts";
import type { Webhooks } from "./webhooks.ts";

/** Several instances as one: what belongs to one project alone is refused with their names. Closes nothing. */
export function joinedInstance(
  members: readonly ProjectMember[],
  { definitions, staleness }: { readonly definitions: JoinedSource; readonly staleness: JoinedStaleness },
): Instance {
  return {
    name: members.map(({ name }) => name).join(", "),
    root: commonFolder(members.map(({ instance }) => instance.root)),
    definitions,
    runs: joinedRuns(members, { definitions, staleness }),
    catalog: joinedCatalog(members, { definitions, staleness }),
    records: joinedRecords(members),
    webhooks: joinedWebhooks(members),
    automation: ofOneProject(members, "schedules, sensors and their ticks"),
    log: (members[0] as ProjectMember).instance.log,
    token: randomBytes(24).toString("base64url"),
    publishPort: (port) => {
      for (const { instance } of members) instance.publishPort(port);
    },
    onRunChange: (listener) => {
      const ends = members.map(({ instance }) => instance.onRunChange(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** A request is that of the first project in which a sensor listens under its name. */
function joinedWebhooks(members: readonly ProjectMember[]): Webhooks {
  return {
    async receive(name, request) {
      let unknown: unknown;
      for (const { instance } of members) {
        try {
          return await instance.webhooks.receive(name, request);
        } catch (error) {
          if (!(error instanceof InstanceError) || error.reason !== "unknown-webhook") throw error;
          unknown ??= error;
        }
      }
      throw unknown;
    },
  };
}

/** Whoever asks for a part of it is told to name a project. */
function ofOneProject<T extends object>(members: readonly ProjectMember[], what: string): T {
  return new Proxy({} as T, {
    get() {
      throw severalProjects(members, `${what} are those of one project`);
    },
  });
}

/** The nearest folder that holds all of them. */
function commonFolder(folders: readonly string[]): string {
  let common = folders[0] as string;
  while (!folders.every((folder) => folder === common || folder.startsWith(`${common}/`))) {
    if (common === dirname(common)) return common;
    common = dirname(common);
  }
  return common;
}
