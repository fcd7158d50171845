import { expect, test } from "vitest";
import { asset, materializeResult, output, type Row } from "../../platform/index.ts";

// The calls below are checked by the compiler: a line marked as an error must be one.

const orders = asset({ key: "orders" }, () => [{ id: 1, amount: 2.5 }]);
const later = asset({ key: "later" }, async () => ({ total: 3 }));
const described = asset({ key: "described" }, () => output([{ name: "a" }], { metadata: { rows: 1 } }));
const written = asset({ key: "written" }, () => materializeResult({ metadata: { rows: 1 } }));
const silent = asset({ key: "silent" }, () => {});

test("an input has the type that its upstream returns", () => {
  const total = asset({ key: "total", ins: { orders } }, (input) => {
    const amounts: number[] = input.orders.map(({ amount }) => amount);
    // @ts-expect-error: an order has no such column
    input.orders.map(({ colour }) => colour);
    // @ts-expect-error: rows are no text
    const wrong: string = input.orders;
    return { amounts, wrong };
  });
  expect(total.spec.deps).toEqual(["orders"]);
});

test("an input of an asynchronous function has the type of what it resolves to", () => {
  asset({ key: "a", ins: { later } }, (input) => {
    const total: number = input.later.total;
    // @ts-expect-error: the promise is awaited before
    input.later.then(() => {});
    return total;
  });
  expect(later.key).toBe("later");
});

test("an input whose upstream returns metadata with it has the type of the value alone", () => {
  asset({ key: "a", ins: { described } }, (input) => {
    const names: string[] = input.described.map(({ name }) => name);
    // @ts-expect-error: metadata is not stored in the value
    return [names, input.described.metadata];
  });
  expect(described.key).toBe("described");
});

test("of an upstream that stores itself, or that is named by its key, nothing is known", () => {
  asset({ key: "a", ins: { written, silent, named: "raw/named" } }, (input) => {
    const rows = input.named as Iterable<Row>;
    // @ts-expect-error: its type is not known
    input.written.length;
    // @ts-expect-error: its type is not known
    input.silent.length;
    // @ts-expect-error: its type is not known
    input.named.length;
    return [...rows];
  });
  expect(written.key).toBe("written");
});

test("the context keeps its types beside inputs", () => {
  asset({ key: "a", ins: { orders }, resources: ["warehouse"] }, ({ log, partition, warehouse, context }) => {
    log.info(context.runId);
    // @ts-expect-error: a message is text
    log.info(3);
    // @ts-expect-error: an unpartitioned asset has no partition
    const key: string = partition.key;
    return [key, warehouse.query("select 1")];
  });
  expect(orders.key).toBe("orders");
});

test("an asset knows what its function returns", async () => {
  const rows: { id: number; amount: number }[] = await orders.call({});
  // @ts-expect-error: not a number
  const wrong: number = await later.call({});
  expect([rows.length, wrong]).toEqual([1, { total: 3 }]);
});

test("options that no asset has are refused", () => {
  // @ts-expect-error: it is called `group`
  const grouped = asset({ key: "a", groupName: "marts" }, () => 1);
  // @ts-expect-error: an asset needs a key
  expect(() => asset({ group: "marts" }, () => 1)).toThrow();
  expect(grouped.key).toBe("a");
});
