import { expect, test } from "vitest";
import {
  asset,
  dynamic,
  dynamicOutput,
  graph,
  graphAsset,
  input,
  job,
  op,
  optional,
  out,
  output,
  Type,
} from "../../platform/index.ts";

// The calls below are checked by the compiler: a line marked as an error must be one.

interface Order {
  readonly id: number;
  readonly amount: number;
}

const fetchOrders = op({ name: "fetch_orders" }, async (): Promise<Order[]> => [{ id: 1, amount: 2 }]);
const total = op({ name: "total", ins: { orders: input<readonly Order[]>() } }, ({ orders }) =>
  orders.reduce((sum, { amount }) => sum + amount, 0),
);
const rate = op({ name: "rate" }, () => output(2, { metadata: { source: "bank" } }));
const convert = op({ name: "convert", ins: { sum: input<number>(), rate: input<number>() } }, (given) =>
  given.sum.toFixed(given.rate),
);

test("a value of an op has the type that the op takes", () => {
  const money = graph({ name: "money" }, () => {
    const orders = fetchOrders();
    const sum = total(orders);
    // @ts-expect-error: the sum is no list of orders
    const wrong = () => total(sum);
    // @ts-expect-error: the orders are no number
    const worse = () => convert({ sum: orders, rate: rate() });
    // @ts-expect-error: one of two inputs is not given
    const less = () => convert({ sum });
    expect([wrong, worse, less]).toHaveLength(3);
    return convert({ sum, rate: rate() });
  });
  expect(job("money_job", { graph: money }).steps).toHaveLength(4);
});

test("outside a graph an op takes values and gives what its function gives", async () => {
  const sum: number = await total([{ id: 1, amount: 2 }]);
  // @ts-expect-error: an order has an amount
  const wrong: Promise<number> = total([{ id: 1 }]);
  const text: string = await convert({ sum, rate: 1 });
  // @ts-expect-error: not a number
  const number: number = await convert.call({ sum, rate: 1 });
  expect([sum, text, number, await wrong]).toEqual([2, "2.0", "2.0", Number.NaN]);
});

test("each output by name has the type that the function gives under it", () => {
  const split = op(
    {
      name: "split",
      ins: { orders: input<Order[]>() },
      outs: { first: out(), rest: optional(), each: dynamic() },
    },
    ({ orders }) => ({
      first: orders[0] as Order,
      ...(orders.length > 1 ? { rest: orders.slice(1) } : {}),
      each: orders.map((order) => dynamicOutput(order.amount, { mappingKey: String(order.id) })),
    }),
  );
  const name = op({ name: "name", ins: { order: input<Order>() } }, ({ order }) => `order ${order.id}`);
  const double = op({ name: "double", ins: { amount: input<number>() } }, ({ amount }) => amount * 2);
  const sum = op({ name: "sum", ins: { amounts: input<number[]>() } }, ({ amounts }) => amounts.length);
  const parts = graph({ name: "parts", ins: { orders: input<Order[]>() } }, ({ orders }) => {
    const { first, rest, each } = split(orders);
    name(first);
    total(rest);
    // @ts-expect-error: an order is no number
    const wrong = () => double(first);
    // @ts-expect-error: any number of values are not one
    const many = () => double(each);
    const doubled = each.map((amount) => double(amount));
    // @ts-expect-error: each is a number
    const mapped = () => each.map((amount) => name(amount));
    // @ts-expect-error: a list of texts is no list of numbers
    const texts = () => sum([name(first)]);
    expect([wrong, many, mapped, texts]).toHaveLength(4);
    sum([double(double(sum(doubled.collect()))), sum(each.collect())]);
    return { first, doubled };
  });
  // @ts-expect-error: a job has no value for the graph's input
  expect(() => job("parts_job", { graph: parts })).toThrow(TypeError);
});

test("a function gives what its outputs want", () => {
  // @ts-expect-error: `right` is not given
  op({ name: "halves", outs: { left: out(), right: out() } }, () => ({ left: 1 }));
  // @ts-expect-error: a dynamic output is a list or generator of dynamicOutput
  op({ name: "items", out: dynamic() }, () => [1, 2]);
  const items = op({ name: "items", out: dynamic() }, function* () {
    yield dynamicOutput("a", { mappingKey: "a" });
  });
  expect(items.as("others")).toBeTypeOf("function");
});

test("a graph takes and gives typed values, and an asset is of the type that its graph gives", () => {
  const orders = asset({ key: "raw/orders" }, (): Order[] => []);
  const cleaned = graphAsset({ key: "cleaned", ins: { orders } }, (given) => total(given.orders));
  // @ts-expect-error: a number is no list of orders
  expect(() => graphAsset({ key: "wrong", ins: { cleaned } }, (given) => total(given.cleaned))).not.toThrow();
  asset({ key: "next", ins: { cleaned } }, (given) => given.cleaned.toFixed(1));
  // @ts-expect-error: a number has no length
  asset({ key: "last", ins: { cleaned } }, (given) => given.cleaned.length);
  const inner = graph({ name: "inner", ins: { orders: input<Order[]>() } }, (given) => total(given.orders));
  graph({ name: "outer" }, () => {
    // @ts-expect-error: a number is no list of orders
    const wrong = () => inner(rate());
    expect(wrong).toBeTypeOf("function");
    return convert({ sum: inner(fetchOrders()), rate: rate() });
  });
});

test("config has the type of its schema", () => {
  const limited = op(
    { name: "limited", config: Type.Object({ limit: Type.Integer({ default: 10 }) }) },
    ({ config }) => {
      const limit: number = config.limit;
      // @ts-expect-error: there is no such field
      const wrong = config.limits;
      return [limit, wrong];
    },
  );
  // @ts-expect-error: a number
  const called = limited.call({ config: { limit: "many" } });
  expect(called).toBeInstanceOf(Promise);
});
