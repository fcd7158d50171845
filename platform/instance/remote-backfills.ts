import type { BackfillDetailView, BackfillPlanView, BackfillView } from "../core/views.ts";
import type { AskedBackfill, BackfillRecords } from "./backfill-records.ts";
import { InstanceError } from "./instance-error.ts";
import { type OwnerApi, queryText } from "./owner-api.ts";

/** Backfills of a project that another process owns. */
export function createRemoteBackfills(api: OwnerApi): BackfillRecords {
  const pathOf = (id: string) => `/backfills/${encodeURIComponent(id)}`;
  return {
    plan: async (asked) =>
      (await api.json<{ plan: BackfillPlanView }>("POST", "/backfill-plans", bodyOf(asked))).plan,
    create: async (asked) =>
      (await api.json<{ backfill: BackfillDetailView }>("POST", "/backfills", bodyOf(asked))).backfill,
    async list({ status, ...page }) {
      const query = queryText({ ...page, status: status?.join(",") });
      return (await api.json<{ backfills: BackfillView[] }>("GET", `/backfills?${query}`)).backfills;
    },
    async find(id) {
      try {
        return (await api.json<{ backfill: BackfillDetailView }>("GET", pathOf(id))).backfill;
      } catch (error) {
        if (error instanceof InstanceError && error.reason === "unknown-backfill") return undefined;
        throw error;
      }
    },
    change: async (id, verb) =>
      (await api.json<{ backfill: BackfillDetailView }>("POST", `${pathOf(id)}/${verb}`, {})).backfill,
  };
}

/** What the API takes for a backfill that a person asks for. */
function bodyOf({ order, policy, maxRuns, skipUnready, ...asked }: AskedBackfill): object {
  return {
    ...asked,
    ...(order === undefined ? {} : { order }),
    ...(policy === undefined
      ? {}
      : {
          policy:
            policy.type === "single_run"
              ? policy
              : { type: policy.type, max_partitions_per_run: policy.maxPartitionsPerRun },
        }),
    ...(maxRuns === undefined ? {} : { max_runs: maxRuns }),
    ...(skipUnready === undefined ? {} : { skip_unready: skipUnready }),
  };
}
