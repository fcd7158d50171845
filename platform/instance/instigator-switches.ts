import { type InstigatorStatus, instigatorStatuses } from "../core/job.ts";
import type { Storage } from "../storage/storage.ts";

/** That somebody switched a schedule, a sensor or an automation group. */
export interface InstigatorSwitch {
  readonly status: InstigatorStatus;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export type InstigatorSwitches = ReadonlyMap<string, InstigatorSwitch>;

const prefix = "switch/";

export async function readSwitches(storage: Pick<Storage, "listCursors">): Promise<InstigatorSwitches> {
  const stored = await storage.listCursors(prefix);
  return new Map([...stored].flatMap(([name, text]) => entryOf(name, text)));
}

export async function writeSwitch(
  storage: Pick<Storage, "setCursor">,
  name: string,
  to: InstigatorSwitch,
): Promise<void> {
  await storage.setCursor(prefix + name, JSON.stringify(to));
}

/** What people switched goes before what the definitions say. */
export function statusOf(
  { name, defaultStatus }: { readonly name: string; readonly defaultStatus: InstigatorStatus },
  switches: InstigatorSwitches,
): InstigatorStatus {
  return switches.get(name)?.status ?? defaultStatus;
}

function entryOf(name: string, text: string): [string, InstigatorSwitch][] {
  const { status, at } = JSON.parse(text) as Partial<InstigatorSwitch>;
  const known = instigatorStatuses.find((one) => one === status);
  return known === undefined || typeof at !== "number" ? [] : [[name, { status: known, at }]];
}
