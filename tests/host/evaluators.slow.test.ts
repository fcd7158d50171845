import { expect, onTestFinished, test, vi } from "vitest";
import { createCodeEvaluation } from "../../platform/instance/code-evaluation.ts";
import { openInstance } from "../../platform/instance/open-instance.ts";
import { copyProject } from "./project-copy.ts";

vi.setConfig({ testTimeout: 120_000 });

const sensors = `import { customCondition, resource, sensor } from "#platform";
const target = "key:raw/orders";
export const counter = resource("counter", { create: () => ({ next: (text: string | null) => Number(text ?? 0) + 1 }) });
export const counts = sensor("counts", { target, resources: [counter] }, ({ cursor, counter, log }) => {
  log.info("counting");
  return { requests: [{ runKey: "k", tags: { n: "1" } }], cursor: String(counter.next(cursor)) };
});
export const hangs = sensor("hangs", { target, timeout: "1s" }, () => {
  for (;;) {}
});
export const waits = sensor("waits", { target, timeout: "1s" }, () => new Promise(() => {}));
export const throws = sensor("throws", { target }, () => {
  throw new Error("no such shop");
});
export const ends = sensor("ends", { target }, () => process.exit(3));
export const floods = sensor("floods", { target, timeout: "30s" }, () => {
  for (;;) process.stdout.write("x".repeat(10_000));
});
export const lies = sensor("lies", { target }, () => ({ requests: [{ runKey: 7 }] }) as never);
export const isLong = customCondition("is_long", {}, ({ asset }) => {
  if (asset === "bad") throw new Error("what is bad");
  return asset.length > 5;
});
`;

async function evaluating() {
  const { root } = copyProject("tiny-shop", { "defs/sensors.ts": sensors });
  const lines: string[] = [];
  const code = createCodeEvaluation({
    root,
    dataFolder: root,
    onOutput: (_stream, line) => void lines.push(line),
  });
  const instance = await openInstance({ root, watch: false });
  onTestFinished(async () => {
    await code[Symbol.asyncDispose]();
    await instance[Symbol.asyncDispose]();
  });
  const snapshot = await instance.definitions.ready();
  const now = Temporal.Now.instant();
  const look = async (name: string, cursor: string | null = null) => {
    const sensor = snapshot.definitions.sensors.find((one) => one.name === name);
    if (sensor === undefined) throw new Error(`no sensor ${name}`);
    return await code.sensor(snapshot, sensor, { cursor, now });
  };
  return { code, look, snapshot, now, lines };
}

test("a function is called with its cursor and resources, and what it logs comes back", async () => {
  const { look } = await evaluating();
  expect(await look("counts", "4")).toEqual({
    requests: [{ runKey: "k", tags: { n: "1" } }],
    cursor: "5",
    log: ["counting"],
  });
});

test("one that hangs, throws, ends its process or writes without an end harms no other", async () => {
  const { look } = await evaluating();
  const [hangs, waits, throws, ends, floods, lies, ...counts] = await Promise.all([
    look("hangs"),
    look("waits"),
    look("throws"),
    look("ends"),
    look("floods"),
    look("lies"),
    ...Array.from({ length: 5 }, () => look("counts")),
  ]);
  expect(hangs.failure?.message).toBe("it did not answer within 1 s");
  expect(waits.failure?.message).toBe("it did not answer within 1 s");
  expect(throws.failure?.message).toBe("defs/sensors.ts:13:9: no such shop");
  expect(ends.failure?.message).toContain("exit code 3");
  expect(floods.failure?.message).toMatch(/output|answer/);
  expect(lies.failure?.message).toContain("requests.0.runKey");
  expect(counts.map(({ cursor }) => cursor)).toEqual(["1", "1", "1", "1", "1"]);
});

test("a condition is asked for many assets at once, and one that it cannot answer costs only itself", async () => {
  const { code, snapshot, now } = await evaluating();
  const [condition] = snapshot.definitions.conditions ?? [];
  if (condition === undefined) throw new Error("no condition");
  const { answers, failure } = await code.condition(snapshot, condition, {
    keys: ["raw/orders", "a", "bad"],
    now,
  });
  expect(answers).toEqual([true, false, null]);
  expect(failure?.message).toBe("defs/sensors.ts:21:30: what is bad");
});
