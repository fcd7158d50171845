import type { RunView } from "../core/views.ts";
import type { JoinedDefinitions } from "../graph/joined-definitions.ts";
import { InstanceError } from "./instance-error.ts";
import type { JoinedSource } from "./joined-source.ts";
import type { JoinedStaleness } from "./joined-staleness.ts";
import { type ProjectMember, severalProjects } from "./project-member.ts";
import type { MaterializeRequest, Runs } from "./runs.ts";
import { selectKeys } from "./select-keys.ts";

export interface JoinedRunsOptions {
  readonly definitions: JoinedSource;
  readonly staleness: JoinedStaleness;
}

/**
 * The runs of several projects: listed together, and each found by its id.
 *
 * A run is of one project. A request whose assets are of several is refused with what to ask instead: their order would
 * hang on a process that waits between two runs, and conditions do that without one.
 */
export function joinedRuns(members: readonly ProjectMember[], options: JoinedRunsOptions): Runs {
  const memberOf = async (id: string): Promise<ProjectMember> => {
    for (const member of members) if ((await member.instance.runs.find(id)) !== undefined) return member;
    throw new InstanceError("unknown-run", `there is no run \`${id}\``);
  };
  return {
    async start(request) {
      const { member, request: own } = await addressed(request, members, options);
      return named(member, await member.instance.runs.start(own));
    },
    async wait(id, options) {
      const member = await memberOf(id);
      return named(member, await member.instance.runs.wait(id, options));
    },
    async cancel(id) {
      const member = await memberOf(id);
      return named(member, await member.instance.runs.cancel(id));
    },
    async retry(id, request) {
      const member = await memberOf(id);
      return named(member, await member.instance.runs.retry(id, request));
    },
    async list(filter = {}) {
      const { limit = 50, before } = filter;
      const beforeRun = before === undefined ? undefined : await find(members, before);
      if (before !== undefined && beforeRun === undefined) return [];
      const beforeMs = beforeRun?.detail.run.created_at_ms;
      const pages = await Promise.all(
        members.map(async (member) =>
          (
            await member.instance.runs.list({ ...filter, ...(beforeMs === undefined ? {} : { beforeMs }) })
          ).map((run) => named(member, run)),
        ),
      );
      return pages.flat().sort(newestFirst).slice(0, limit);
    },
    async find(id) {
      const found = await find(members, id);
      return found === undefined
        ? undefined
        : { ...found.detail, run: named(found.member, found.detail.run) };
    },
    events: async (id, filter) => await (await memberOf(id)).instance.runs.events(id, filter),
    async readAttachment(file) {
      for (const { instance } of members) {
        const found = await instance.runs.readAttachment(file);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    readLog: async (id, place) => await (await memberOf(id)).instance.runs.readLog(id, place),
  };
}

function named({ name }: ProjectMember, run: RunView): RunView {
  return { ...run, project: name };
}

function newestFirst(a: RunView, b: RunView): number {
  return b.created_at_ms - a.created_at_ms || (a.id < b.id ? 1 : -1);
}

async function find(members: readonly ProjectMember[], id: string) {
  for (const member of members) {
    const detail = await member.instance.runs.find(id);
    if (detail !== undefined) return { member, detail };
  }
  return undefined;
}

interface AddressedRequest {
  readonly member: ProjectMember;
  readonly request: MaterializeRequest;
}

/** The project that a request is for. Throws InstanceError `invalid-request` where that is not one. */
async function addressed(
  request: MaterializeRequest,
  members: readonly ProjectMember[],
  { definitions, staleness }: JoinedRunsOptions,
): Promise<AddressedRequest> {
  const snapshot = await definitions.ready();
  const joined = definitions.join();
  const { target } = request;
  if ("job" in target) return { member: memberWithJob(target.job, members), request };
  const chosen = selectKeys(snapshot, target.selection);
  const made = new Set<string>(
    snapshot.definitions.assets.filter(({ step }) => step !== undefined).map(({ key }) => key),
  );
  const known = request.stale === true ? await staleness.read() : undefined;
  const wanted = chosen.filter(
    (key) => made.has(key) && (known === undefined || known.of(key)?.status === "stale"),
  );
  // Where nothing of it is made, the project that knows a key says so.
  const names = new Set(
    (wanted.length > 0 ? wanted : chosen.slice(0, 1)).map((key) => joined?.projectOf(key)),
  );
  const asked = members.filter(({ name }) => names.has(name));
  if (asked.length > 1) {
    throw new InstanceError(
      "invalid-request",
      `\`${target.selection}\` names assets of ${asked.length} projects, and a run is of one`,
      `name one with \`?project=\`, in this order: ${inOrder(asked, joined)
        .map(({ name }) => `\`${name}\``)
        .join(", ")}`,
    );
  }
  const member = asked[0] ?? (members[0] as ProjectMember);
  const own = member.instance.definitions.current();
  // What is chosen by way of another project, the project alone would not find.
  const isSame = own === undefined || isSubset(wanted, selectKeys(own, target.selection));
  const selection = wanted.map((key) => `key:"${key}"`).join(" or ");
  return { member, request: isSame ? request : { ...request, target: { selection } } };
}

function memberWithJob(job: string, members: readonly ProjectMember[]): ProjectMember {
  const having = members.filter(({ instance }) =>
    instance.definitions.current()?.definitions.jobs.some(({ name }) => name === job),
  );
  const [only, ...others] = having;
  if (only === undefined) throw new InstanceError("nothing-selected", `no project has a job \`${job}\``);
  if (others.length === 0) return only;
  throw severalProjects(having, `the job \`${job}\` is in more than one project`);
}

function isSubset(keys: readonly string[], of: readonly string[]): boolean {
  const all = new Set(of);
  return keys.every((key) => all.has(key));
}

/** The projects, those first that others read from, as far as there is such an order. */
function inOrder(members: readonly ProjectMember[], joined: JoinedDefinitions | undefined): ProjectMember[] {
  const readsFrom = (a: ProjectMember, b: ProjectMember): boolean =>
    joined?.definitions.assets.some(
      ({ key, deps }) =>
        joined.projectOf(key) === a.name && deps.some((dep) => joined.projectOf(dep) === b.name),
    ) === true;
  return members.toSorted((a, b) => Number(readsFrom(a, b)) - Number(readsFrom(b, a)));
}
