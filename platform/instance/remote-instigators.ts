import type { InstigatorView, TickView } from "../core/views.ts";
import type { InstigatorRecords } from "./instigator-records.ts";
import { type OwnerApi, queryText } from "./owner-api.ts";

export function createRemoteInstigators(api: OwnerApi): InstigatorRecords {
  const pathOf = (kind: string, name: string) => `/${kind}s/${encodeURIComponent(name)}`;
  return {
    async list(kind) {
      const answer = await api.json<{ instigators: InstigatorView[] }>("GET", `/${kind}-states`);
      return answer.instigators;
    },
    switchTo: async (kind, name, status) =>
      (
        await api.json<{ instigator: InstigatorView }>(
          "POST",
          `${pathOf(kind, name)}/${status === "running" ? "start" : "stop"}`,
          {},
        )
      ).instigator,
    reset: async (name) =>
      (await api.json<{ instigator: InstigatorView }>("POST", `${pathOf("sensor", name)}/reset`, {}))
        .instigator,
    async ticks(kind, name, page) {
      const answer = await api.json<{ ticks: TickView[] }>(
        "GET",
        `${pathOf(kind, name)}/ticks?${queryText({ ...page })}`,
      );
      return answer.ticks;
    },
  };
}
