import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { requireTool } from "../require-tool.ts";
import { externalAssets, TemporaryProject } from "./temporary-project.ts";

const shop = "defs/shop/component.yaml";
let made: TemporaryProject;

function git(...args: readonly string[]): string {
  const names = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...names, ...args], {
    cwd: made.root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

function commit(): void {
  git("add", "-A");
  git("commit", "-m", "a step");
}

beforeEach((context) => {
  requireTool(context, "git");
  made = new TemporaryProject({
    [shop]: externalAssets("key: raw/orders, group_name: raw"),
    ".gitignore": ".dop/\n",
  });
  git("init", "-b", "main");
  commit();
});
afterEach(() => made[Symbol.dispose]());

test("diff compares a branch with the place where it left main", async () => {
  git("switch", "-c", "feature");
  made.write({ [shop]: externalAssets("key: raw/orders, group_name: landing") });
  commit();
  git("switch", "main");
  made.write({ "defs/later/component.yaml": externalAssets("key: raw/later") });
  commit();
  git("switch", "feature");
  const { code, out } = await made.run(["diff", "--format", "json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out).changes).toMatchObject([
    { kind: "asset", key: "raw/orders", change: "changed", fields: [{ field: "group_name" }] },
  ]);
});

test("diff on main compares what is not committed yet", async () => {
  expect(await made.run(["diff"])).toMatchObject({ code: 0, out: "no definition changes" });
  made.write({ "defs/new/component.yaml": externalAssets("key: raw/new") });
  const { out } = await made.run(["diff"]);
  expect(out.split("\n")[0]).toMatch(/^\+ asset raw\/new/);
});

test("diff takes a tag or commit, and refuses what is none", async () => {
  git("tag", "v1");
  made.write({ [shop]: externalAssets("key: raw/other") });
  commit();
  expect((await made.run(["diff", "v1", "--fail-on", "removed"])).code).toBe(1);
  expect(await made.run(["diff", "v2"])).toMatchObject({ code: 2, talk: expect.stringContaining("v2") });
  expect(await made.run(["diff", "--output=x"])).toMatchObject({ code: 2 });
});

test("the base is loaded with its own classes, and nothing of it is left behind", async () => {
  await made.run(["scaffold", "component", "Feed"]);
  await made.run(["scaffold", "defs", "lib.FeedComponent", "feed"]);
  // A lib of its own hides the one that comes with dop.
  git("rm", "-q", "-r", "--cached", shop);
  commit();
  const text = made.read("lib/feed/feed-component.ts");
  made.write({ "lib/feed/feed-component.ts": text.replace('kinds: ["feed"]', 'kinds: ["feed", "http"]') });
  const { out } = await made.run(["diff", "HEAD", "--format", "json"]);
  expect(JSON.parse(out).changes).toContainEqual(
    expect.objectContaining({
      key: "raw/numbers",
      change: "changed",
      fields: [expect.objectContaining({ field: "kinds" })],
    }),
  );
  expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
  expect(git("status", "--short")).not.toContain("dop-diff");
});

test("diff works for a project in a folder of its repository", async () => {
  cpSync(join(made.root, "defs"), join(made.root, "data/defs"), { recursive: true });
  made.write({ "data/package.json": '{"type": "module", "dop": {}}' });
  commit();
  made.write({ "data/defs/new/component.yaml": externalAssets("key: raw/new") });
  expect((await made.run(["diff", "-C", "data"])).out).toMatch(/^\+ asset raw\/new/);
});
