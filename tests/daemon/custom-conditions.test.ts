import { expect, test } from "vitest";
import type { CodeEvaluation, ConditionFunctionResult } from "../../platform/instance/code-evaluation.ts";
import { shopOf, tickingShop } from "./ticking-shop.ts";

type Answers = ConditionFunctionResult["answers"];

function codeOf(answer: (key: string) => Answers[number], asked: string[][] = []): CodeEvaluation {
  return {
    sensor: async () => ({ requests: [], log: [] }),
    async condition(_snapshot, _condition, { keys }) {
      asked.push([...keys]);
      return { answers: keys.map(answer), log: [] };
    },
    async [Symbol.asyncDispose]() {},
  };
}

const component = { file: "defs/a.ts", document: 1, type: "typescript" };
const condition = { type: "newly_true", operand: { type: "custom", name: "ready" } } as const;

function conditional(assets: Parameters<typeof shopOf>[0]) {
  return shopOf(assets, { conditions: [{ name: "ready", component }] });
}

async function rounds(shop: Awaited<ReturnType<typeof tickingShop>>): Promise<(readonly string[])[]> {
  const first = await shop.after("PT31S");
  await new Promise((resolve) => setTimeout(resolve, 5));
  return [...first, ...(await shop.after("PT2S"))];
}

test("an asset is requested when its custom condition becomes true, and all that ask are asked at once", async () => {
  let ready: readonly string[] = [];
  const asked: string[][] = [];
  const code = codeOf((key) => ready.includes(key), asked);
  const assets = { a: { automationCondition: condition }, b: { automationCondition: condition }, c: {} };
  const shop = await tickingShop(conditional(assets), { code });
  expect(await rounds(shop)).toEqual([]);
  expect(asked[0]).toEqual(["a", "b"]);
  ready = ["b"];
  expect(await rounds(shop)).toEqual([["b"]]);
  expect(await rounds(shop)).toEqual([]);
});

test("while user code gives no answer everything stays as it is", async () => {
  let answer: Answers[number] = false;
  const shop = await tickingShop(conditional({ a: { automationCondition: condition } }), {
    code: codeOf(() => answer),
  });
  await rounds(shop);
  answer = true;
  expect(await rounds(shop)).toEqual([["a"]]);
  answer = null;
  expect(await rounds(shop)).toEqual([]);
  answer = true;
  expect(await rounds(shop)).toEqual([]);
});

test("answers are kept over a restart of the daemon", async () => {
  const shop = await tickingShop(conditional({ a: { automationCondition: condition } }), {
    code: codeOf(() => true),
  });
  await rounds(shop);
  await rounds(shop);
  shop.restart();
  expect(await rounds(shop)).toEqual([]);
});
