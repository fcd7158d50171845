import type { Explanation } from "../core/explanation.ts";
import type {
  AssetStateView,
  DynamicPartitionsView,
  PoolView,
  PurgeView,
  StorageView,
} from "../core/views.ts";
import type { SimulationHistory } from "../simulate/simulation-history.ts";
import { createOwnerApi, queryText } from "./owner-api.ts";
import type { Owner } from "./owner-lock.ts";
import type { Records } from "./records.ts";
import { createRemoteBackfills } from "./remote-backfills.ts";
import { createRemoteInstigators } from "./remote-instigators.ts";

/** Records of a project that another process owns, asked for through its API. */
export function createRemoteRecords(owner: Owner & { readonly port: number }): Records {
  const api = createOwnerApi(owner);
  const changePartitions = async (name: string, verb: "add" | "remove", keys: readonly string[]) => {
    const path = `/partitions/${encodeURIComponent(name)}/${verb}`;
    return (await api.json<{ partitions: DynamicPartitionsView }>("POST", path, { keys })).partitions;
  };
  return {
    async staleness() {
      const { states } = await api.json<{ states: AssetStateView[] }>("GET", "/asset-states");
      return new Map(states.map(({ key, staleness }) => [key, staleness?.status ?? "fresh"]));
    },
    async health() {
      const { states } = await api.json<{ states: AssetStateView[] }>("GET", "/asset-states");
      return new Map(states.map(({ key, health }) => [key, health]));
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
    partitions: {
      list: async () =>
        (await api.json<{ partitions: DynamicPartitionsView[] }>("GET", "/partitions")).partitions,
      add: (name, keys) => changePartitions(name, "add", keys),
      remove: (name, keys) => changePartitions(name, "remove", keys),
    },
    instigators: createRemoteInstigators(api),
    backfills: createRemoteBackfills(api),
    simulationHistory: async () => await api.json<SimulationHistory>("GET", "/simulation-history"),
    describe: async () => await api.json<StorageView>("GET", "/storage"),
  };
}
