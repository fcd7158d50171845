import { expect, test } from "vitest";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import { createAbsentProjects } from "../../platform/instance/absent-projects.ts";

/** Keys of `defined` have a component; the others are deps alone. */
function snapshotOf(keys: readonly string[], defined: readonly string[] = []): DefinitionsSnapshot {
  const component = { file: "defs/a.ts", document: 1, type: "module" };
  const assets = keys.map((key) => (defined.includes(key) ? { key, component } : { key }));
  return { definitions: { assets } } as unknown as DefinitionsSnapshot;
}

function values() {
  const kept = new Map<string, string>();
  const writes: (string | undefined)[] = [];
  return {
    writes,
    getValue: async (key: string) => kept.get(key),
    async setValue(key: string, value: string | undefined) {
      writes.push(value);
      if (value === undefined) kept.delete(key);
      else kept.set(key, value);
    },
  };
}

const sales = { name: "sales", folder: "../sales" };

test("a key is thought to be of the named project that it begins with", async () => {
  const absent = createAbsentProjects(values(), { sales: "../sales" });
  const found = await absent.read(
    snapshotOf(["sales/orders", "sales/own", "raw/sales", "salesman"], ["sales/own"]),
  );
  expect([...found]).toEqual([["sales/orders", sales]]);
});

test("what was seen goes before the beginning of a key, and its folder is that of the settings", async () => {
  const storage = values();
  const snapshot = snapshotOf(["crm/orders", "raw/orders"]);
  await createAbsentProjects(storage, {}).remember(snapshot, new Map([["crm/orders", sales]]));
  const settings = { crm: "../crm", sales: "../elsewhere" };
  expect([...(await createAbsentProjects(storage, settings).read(snapshot))]).toEqual([
    ["crm/orders", { name: "sales", folder: "../elsewhere" }],
  ]);
});

test("what is not seen this time stays known, until nothing depends on it or it is defined here", async () => {
  const storage = values();
  const absent = createAbsentProjects(storage, {});
  const snapshot = snapshotOf(["a", "b"]);
  await absent.remember(
    snapshot,
    new Map([
      ["a", sales],
      ["b", sales],
    ]),
  );
  await absent.remember(snapshot, new Map());
  expect([...(await absent.read(snapshot)).keys()]).toEqual(["a", "b"]);
  expect(storage.writes.length).toBe(1);
  await absent.remember(snapshotOf(["a", "b"], ["a"]), new Map());
  expect([...(await absent.read(snapshot)).keys()]).toEqual(["b"]);
  await absent.remember(snapshotOf([]), new Map());
  expect(storage.writes.at(-1)).toBeUndefined();
});

test("a name that every object has is no project", async () => {
  const absent = createAbsentProjects(values(), {});
  expect(await absent.read(snapshotOf(["constructor/x", "toString"]))).toEqual(new Map());
});
