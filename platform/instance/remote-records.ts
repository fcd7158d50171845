import type { Explanation } from "../core/explanation.ts";
import type { AssetStateView, PoolView, PurgeView, StorageView } from "../core/views.ts";
import { createOwnerApi, queryText } from "./owner-api.ts";
import type { Owner } from "./owner-lock.ts";
import type { Records } from "./records.ts";
import { createRemoteInstigators } from "./remote-instigators.ts";

/** Records of a project that another process owns, asked for through its API. */
export function createRemoteRecords(owner: Owner & { readonly port: number }): Records {
  const api = createOwnerApi(owner);
  return {
    async staleness() {
      const { states } = await api.json<{ states: AssetStateView[] }>("GET", "/asset-states");
      return new Map(states.map(({ key, staleness }) => [key, staleness?.status ?? "fresh"]));
    },
    pools: async () => (await api.json<{ pools: PoolView[] }>("GET", "/pools")).pools,
    setPoolLimit: async (name, limit) =>
      (await api.json<{ pool: PoolView }>("POST", `/pools/${encodeURIComponent(name)}`, { limit })).pool,
    purge: async ({ beforeMs, dryRun }) =>
      await api.json<PurgeView>("POST", "/purge", { before_ms: beforeMs, dry_run: dryRun }),
    async explain(key, { partition, atMs }) {
      const path = key.split("/").map(encodeURIComponent).join("/");
      const query = queryText({ partition, at_ms: atMs });
      return await api.json<Explanation>("GET", `/assets/${path}/explain?${query}`);
    },
    instigators: createRemoteInstigators(api),
    describe: async () => await api.json<StorageView>("GET", "/storage"),
  };
}
