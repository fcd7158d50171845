import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { requireTool } from "../require-tool.ts";
import { TemporaryProject } from "./temporary-project.ts";

let made: TemporaryProject;

const shopAt = (cron: string) => `
import { asset, automation, schedule } from "#platform";
export const orders = asset({ key: "raw/orders" }, () => [{ amount: 1 }]);
export const sales = asset({ key: "mart/sales", deps: ["raw/orders"], automationCondition: automation.eager() }, () => [{ amount: 1 }]);
export const nightly = schedule("nightly", { cron: "${cron}", target: "key:raw/orders", defaultStatus: "running" });
`;

function git(...args: readonly string[]): void {
  const names = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false"];
  execFileSync("git", [...names, ...args], { cwd: made.root, stdio: "ignore" });
}

beforeEach((context) => {
  requireTool(context, "git");
  made = new TemporaryProject({ "defs/shop.ts": shopAt("0 3 * * *"), ".gitignore": ".dop/\n" });
  git("init", "-b", "main");
  git("add", "-A");
  git("commit", "-m", "a shop");
});
afterEach(() => made[Symbol.dispose]());

const simulated = async (...args: readonly string[]) =>
  await made.run(["simulate", "--from", "2026-11-21", "--for", "2d", ...args]);

test("a project that never ran is simulated without records being made, the same each time", async () => {
  const first = await simulated("--json");
  expect(first.code).toBe(0);
  expect(JSON.parse(first.out)).toMatchObject({ schema: "dop.simulation/1", totals: { runs: 4 } });
  expect((await simulated("--json")).out).toBe(first.out);
  expect(existsSync(join(made.root, ".dop/dop.sqlite"))).toBe(false);
});

test("what was recorded says how long steps take", { timeout: 60_000 }, async () => {
  expect((await made.run(["materialize", "-s", "key:raw/orders"])).code).toBe(0);
  const { out } = await simulated("--json");
  expect(JSON.parse(out).assumptions[0]).toMatch(/mart\/sales$/);
});

test("definitions of another commit are simulated, and compared with", async () => {
  made.write({ "defs/shop.ts": shopAt("0 */6 * * *") });
  expect(JSON.parse((await simulated("--json", "--definitions", "main")).out).totals.runs).toBe(4);
  const { comparison } = JSON.parse((await simulated("--json", "--compare", "main")).out);
  expect(comparison.totals.runs).toEqual({ before: 4, after: 14 });
});

test("a page is written where it was asked for", async () => {
  expect((await simulated("--html", "week.html")).code).toBe(0);
  expect(readFileSync(join(made.root, "week.html"), "utf8")).toMatch(/^<!doctype html>/);
});

test.for([
  ["--for", "never"],
  ["--for", "9000d"],
  ["--from", "someday"],
  ["--fail", "raw/orders"],
  ["--fail", "raw/nothing@2026-11-21"],
  ["--definitions", "no-such-branch"],
  ["--json", "--html", "week.html"],
])("`%s %s` is refused", async (args) => {
  const { code, out } = await made.run(["simulate", ...args]);
  expect(code).toBe(2);
  expect(out).toBe("");
});
