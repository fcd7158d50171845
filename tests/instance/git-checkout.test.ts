import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createCheckoutReader } from "../../platform/instance/checkout-reader.ts";
import { readGitCheckout } from "../../platform/instance/git-checkout.ts";

const folder = mkdtempSync(join(tmpdir(), "dop-checkout-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function git(root: string, ...args: string[]): void {
  const identity = ["-c", "user.name=Kim", "-c", "user.email=kim@shop.example", "-c", "commit.gpgsign=false"];
  execFileSync("git", [...identity, ...args], { cwd: root, stdio: "ignore" });
}

test("a project in a folder of a repository knows the commit, the remote and its folder", async () => {
  const root = join(folder, "shop", "data");
  mkdirSync(root, { recursive: true });
  git(join(folder, "shop"), "init");
  expect(await readGitCheckout(root)).toBeUndefined();
  writeFileSync(join(root, "a.yaml"), "");
  git(join(folder, "shop"), "add", ".");
  git(join(folder, "shop"), "commit", "-m", "Add a file");
  const commit: unknown = expect.stringMatching(/^[0-9a-f]{40}$/);
  expect(await readGitCheckout(root)).toEqual({ commit, root: "data/" });
  git(join(folder, "shop"), "remote", "add", "origin", "git@github.com:shop/data.git");
  expect(await readGitCheckout(root)).toEqual({
    commit,
    root: "data/",
    remote: "git@github.com:shop/data.git",
  });
});

test("a folder outside any repository has no checkout", async () => {
  expect(await readGitCheckout(folder)).toBeUndefined();
});

test("a reader sees a new commit at once, and asks git no second time for the same one", async () => {
  const root = join(folder, "read");
  mkdirSync(root);
  git(root, "init");
  git(root, "commit", "--allow-empty", "-m", "Begin");
  const read = createCheckoutReader(root);
  const first = await read();
  expect(await read()).toBe(first);
  git(root, "commit", "--allow-empty", "-m", "Go on");
  const second = await read();
  expect(second?.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(second?.commit).not.toBe(first?.commit);
});

test("a reader finds no checkout in a folder outside any repository", async () => {
  const read = createCheckoutReader(folder);
  expect([await read(), await read()]).toEqual([undefined, undefined]);
});
