import { expect, test } from "vitest";
import type { Problem } from "../../platform/core/problem.ts";
import { componentViews, withToolStatus } from "../../platform/instance/component-view.ts";
import { shopSnapshot } from "../server/served-shop.ts";

const [ready] = shopSnapshot.components;
const withTools = { ...(ready as NonNullable<typeof ready>), tools: ["dbt", "sling"] };

test("a ready component without its tool shows needs_tool and which one", () => {
  const [component] = withToolStatus([withTools], (name) => (name === "dbt" ? "/bin/dbt" : undefined));
  expect(component).toMatchObject({ status: "needs_tool", needs: ["the command `sling`"] });
});

test("with all its tools it stays ready", () => {
  expect(withToolStatus([withTools], () => "/bin/x")).toEqual([withTools]);
});

test("a component that is quarantined stays so, whatever it lacks besides", () => {
  const [component] = withToolStatus([{ ...withTools, status: "quarantined" }], () => undefined);
  expect(component?.status).toBe("quarantined");
});

test.for([
  { line: 1, name: "shop" },
  { line: 9, name: "shop" },
  { line: 10, name: "shop#2" },
  { line: 25, name: "shop#3" },
])("a problem in line $line belongs to $name", ({ line, name }) => {
  const place = { line, column: 1 };
  const problem: Problem = {
    code: "unknown-key",
    severity: "warning",
    message: "",
    span: { file: "defs/shop/component.yaml", start: place, end: place },
    related: [],
  };
  const views = componentViews({ ...shopSnapshot, problems: [problem] });
  expect(views.filter(({ problems }) => problems.length > 0).map((view) => view.name)).toEqual([name]);
});
