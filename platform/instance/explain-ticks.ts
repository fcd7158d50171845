import type { ExplainCause, ExplainRequest } from "../core/explanation.ts";
import type { Storage, TickRecord } from "../storage/storage.ts";
import { instigatorName } from "./instigators.ts";

/** What the record of an automation tick says of one entity that it requested. */
interface RequestedEntity {
  readonly key: string;
  readonly partitions?: readonly string[];
  readonly count?: number;
  readonly causes?: readonly ExplainCause[];
}

export interface KeptTicks {
  /** The newest tick that is no later, whatever it decided. */
  readonly tick: TickRecord | undefined;
  /** The newest request of the entity that is no later. */
  readonly request: (ExplainRequest & { readonly tick: TickRecord }) | undefined;
}

const pageSize = 100;
const mostPages = 20;

/** What the recorded ticks of an automation group tell of an entity up to a moment. */
export async function keptTicks(
  storage: Storage,
  question: {
    readonly group: string;
    readonly entity: string;
    readonly partition?: string;
    readonly until: number;
  },
): Promise<KeptTicks> {
  const instigator = instigatorName("sensor", question.group);
  let newest: TickRecord | undefined;
  let before: number | undefined;
  for (let page = 0; page < mostPages; page++) {
    const ticks = await storage.listTicks(instigator, {
      limit: pageSize,
      ...(before === undefined ? {} : { before }),
    });
    for (const tick of ticks) {
      if (tick.scheduledAtMs > question.until) continue;
      newest ??= tick;
      const found = requestedOf(tick, question);
      if (found !== undefined)
        return { tick: newest, request: await requestOf(storage, { tick, found, group: question.group }) };
    }
    before = ticks.at(-1)?.id;
    if (ticks.length < pageSize) break;
  }
  return { tick: newest, request: undefined };
}

function requestedOf(
  { body }: TickRecord,
  { entity, partition }: { readonly entity: string; readonly partition?: string },
): RequestedEntity | undefined {
  const requested = (body as { readonly requested?: readonly RequestedEntity[] } | undefined)?.requested;
  const found = requested?.find(({ key }) => key === entity);
  if (found === undefined || partition === undefined || found.partitions === undefined) return found;
  // The record names only some of very many.
  const isWhole = (found.count ?? 0) <= found.partitions.length;
  return !isWhole || found.partitions.includes(partition) ? found : undefined;
}

async function requestOf(
  storage: Storage,
  {
    tick,
    found,
    group,
  }: { readonly tick: TickRecord; readonly found: RequestedEntity; readonly group: string },
): Promise<NonNullable<KeptTicks["request"]>> {
  const runs = await storage.findRuns(tick.runIds);
  const asset = found.key.includes(":") ? found.key.slice(0, found.key.lastIndexOf(":")) : found.key;
  const run = runs.find(
    ({ request }) =>
      request.assets.some((key) => key === asset) ||
      request.checks?.some((key) => key === found.key) === true,
  );
  return {
    tick,
    by: group,
    at_ms: tick.scheduledAtMs,
    run_id: run?.id ?? null,
    run_status: run?.status ?? null,
    causes: found.causes ?? [],
  };
}
