import { expect, test } from "vitest";
import { changeText, summaryText } from "../../platform/server/change-text.ts";
import { shopSnapshot } from "./served-shop.ts";

const { definitions } = shopSnapshot;

test("a snapshot in one line", () => {
  expect(summaryText(shopSnapshot)).toBe(
    "4 assets, 3 components (1 quarantined, 1 needs credentials), 1 error, 0 warnings",
  );
});

test.for([
  {
    change: "a changed description",
    after: { assets: definitions.assets.map((asset) => ({ ...asset, description: "new" })) },
    text: "4 assets changed",
  },
  { change: "a removed asset", after: { assets: definitions.assets.slice(1) }, text: "1 asset removed" },
  { change: "a removed job", after: { jobs: [] }, text: "1 job removed" },
  {
    change: "moved lines",
    after: {
      assets: definitions.assets.map((asset) => ({ ...asset, codeReferences: [{ file: "a.ts", line: 9 }] })),
    },
    text: "no definition changed",
  },
])("$change reads: $text", ({ after, text }) => {
  const changed = { ...shopSnapshot, problems: [], definitions: { ...definitions, ...after } };
  expect(changeText(shopSnapshot, changed)).toBe(text);
});

test("errors are counted behind the change", () => {
  expect(changeText(shopSnapshot, shopSnapshot)).toBe("no definition changed; 1 error");
});
