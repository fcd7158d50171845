import { copyProject } from "../host/project-copy.ts";

/** A chain, a step with processes of its own, steps that share a pool, and one that does nothing. */
const definitions = `
import { setTimeout as delay } from "node:timers/promises";
import { asset } from "#platform";

export const first = asset({ key: "chain/first", io: "memory" }, () => delay(20));
export const second = asset({ key: "chain/second", io: "memory", deps: ["chain/first"] }, () => delay(150));
export const third = asset({ key: "chain/third", io: "memory", deps: ["chain/second"] }, () => delay(20));
export const tree = asset(
  { key: "tree", io: "memory", retryPolicy: { maxRetries: 100 } },
  async ({ subprocess }) => void (await subprocess("sh", ["-c", "sleep 0.6 & sleep 0.8; wait"])),
);
export const pooled = ["a", "b"].map((name) =>
  asset({ key: "till/" + name, io: "memory", pool: "till" }, () => delay(100)),
);
export const nothing = asset({ key: "nothing", io: "memory" }, () => {});
`;

export const tillLimit = 2;
export const mostRuns = 6;

/** What runs of this project are asked for. */
export const selections = ["key:chain/*", "key:tree", "key:till/*", "key:nothing"] as const;

export function copyShopOfFaults(more: object = {}, files: { readonly [path: string]: string } = {}) {
  const dop = {
    pools: { till: tillLimit },
    queue: { max_concurrent_runs: mostRuns, max_resumes: 100_000, runs_per_worker: 5 },
    ...more,
  };
  return copyProject("tiny-shop", {
    "package.json": JSON.stringify({ name: "faults", private: true, type: "module", dop }),
    "defs/faults.ts": definitions,
    ...files,
  });
}
