import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import { didYouMean } from "../core/suggest.ts";
import type { DynamicPartitionsView } from "../core/views.ts";
import type { Storage } from "../storage/storage.ts";
import { InstanceError } from "./instance-error.ts";

/** Keys of dynamic partitions, which the instance keeps by the name of their definition. */
export interface PartitionRecords {
  /** Those that the definitions name, by name. */
  list(): Promise<DynamicPartitionsView[]>;
  /** Keys that are there already stay where they are. Throws InstanceError `unknown-partitions`, `invalid-partition`. */
  add(name: string, keys: readonly string[]): Promise<DynamicPartitionsView>;
  /** What is remembered of their partitions stays. Throws InstanceError like `add`. */
  remove(name: string, keys: readonly string[]): Promise<DynamicPartitionsView>;
}

export function createPartitionRecords(options: {
  readonly storage: Pick<Storage, "addPartitions" | "removePartitions" | "listPartitions">;
  snapshot(): Promise<DefinitionsSnapshot>;
  now(): Temporal.Instant;
  /** Told after each change. */
  onChange?(): void;
}): PartitionRecords {
  const { storage, now, onChange = () => {} } = options;
  const known = async () => usersByName(await options.snapshot());
  const viewOf = async (name: string, users: readonly string[]): Promise<DynamicPartitionsView> => {
    const keys = await storage.listPartitions(name);
    return { name, used_by: users, count: keys.length, keys };
  };
  const change = async (name: string, keys: readonly string[], work: () => Promise<unknown>) => {
    const users = (await known()).get(name);
    if (users === undefined) {
      const names = [...(await known()).keys()];
      throw new InstanceError(
        "unknown-partitions",
        `there are no dynamic partitions \`${name}\``,
        didYouMean(name, names) ??
          (names.length === 0 ? "nothing defines any" : `known: ${names.join(", ")}`),
      );
    }
    const wrong = keys.find((key) => key.trim() === "" || key !== key.trim());
    if (wrong !== undefined)
      throw new InstanceError(
        "invalid-partition",
        `${JSON.stringify(wrong)} is no partition key`,
        "a key has a character, and no blank at its ends",
      );
    await work();
    onChange();
    return await viewOf(name, users);
  };
  return {
    async list() {
      const all = [...(await known())].toSorted(([a], [b]) => (a < b ? -1 : 1));
      return await Promise.all(all.map(([name, users]) => viewOf(name, users)));
    },
    add: (name, keys) => change(name, keys, () => storage.addPartitions(name, keys, now().epochMilliseconds)),
    remove: (name, keys) => change(name, keys, () => storage.removePartitions(name, keys)),
  };
}

function usersByName({ definitions: { assets, jobs } }: DefinitionsSnapshot): Map<string, string[]> {
  const users = new Map<string, string[]>();
  const note = (definition: PartitionsDefinition | undefined, user: string): void => {
    const sides = definition?.type === "multi" ? Object.values(definition.dimensions) : [definition];
    for (const side of sides) {
      if (side?.type !== "dynamic") continue;
      const known = users.get(side.name);
      if (known === undefined) users.set(side.name, [user]);
      else if (!known.includes(user)) known.push(user);
    }
  };
  for (const { key, partitions } of assets) note(partitions, key);
  for (const { name, partitions } of jobs) note(partitions, `job ${name}`);
  return users;
}
