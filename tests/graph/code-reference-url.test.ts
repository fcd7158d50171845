import { expect, test } from "vitest";
import { codeReferenceUrl } from "../../platform/graph/code-reference-url.ts";

test.for([
  {
    remote: "https://github.com/acme/data.git",
    page: "https://github.com/acme/data/blob/abc/defs/a.yaml#L7",
  },
  {
    remote: "https://token@github.com/acme/data",
    page: "https://github.com/acme/data/blob/abc/defs/a.yaml#L7",
  },
  { remote: "git@github.com:acme/data.git", page: "https://github.com/acme/data/blob/abc/defs/a.yaml#L7" },
  {
    remote: "ssh://git@github.acme.dev:2222/acme/data.git/",
    page: "https://github.acme.dev/acme/data/blob/abc/defs/a.yaml#L7",
  },
  {
    remote: "git@gitlab.com:acme/group/data.git",
    page: "https://gitlab.com/acme/group/data/-/blob/abc/defs/a.yaml#L7",
  },
  {
    remote: "https://gitlab.acme.dev:8443/acme/data.git",
    page: "https://gitlab.acme.dev:8443/acme/data/-/blob/abc/defs/a.yaml#L7",
  },
  {
    remote: "https://name:ghp_token@github.com/acme/data.git",
    page: "https://github.com/acme/data/blob/abc/defs/a.yaml#L7",
  },
  { remote: "git@bitbucket.org:acme/data.git", page: undefined },
  { remote: "https://example.com/acme/data.git", page: undefined },
  { remote: "https://example.com/github.com/data.git", page: undefined },
  { remote: "/srv/git/data.git", page: undefined },
  { remote: "../data", page: undefined },
  { remote: "", page: undefined },
])("a line of a checkout of '$remote' has the page $page", ({ remote, page }) => {
  const checkout = { remote, commit: "abc", root: "" };
  expect(codeReferenceUrl({ checkout }, { file: "defs/a.yaml", line: 7 })).toBe(page);
});

test("the project may lie in a folder of the repository, and names are encoded", () => {
  const checkout = { remote: "https://github.com/acme/data", commit: "feature/x", root: "./teams/sales" };
  expect(codeReferenceUrl({ checkout }, { file: "defs/a b#.yaml", line: 1 })).toBe(
    "https://github.com/acme/data/blob/feature%2Fx/teams/sales/defs/a%20b%23.yaml#L1",
  );
});

test.for([
  { folder: "/home/kim/shop data", link: "vscode://file/home/kim/shop%20data/defs/a.yaml:7:3" },
  { folder: "C:\\shop", link: "vscode://file/C:/shop/defs/a.yaml:7:3" },
])("without a page, a line in the folder $folder opens in an editor", ({ folder, link }) => {
  const checkout = { remote: "../data", commit: "abc", root: "" };
  const reference = { file: "defs/a.yaml", line: 7, column: 3 };
  expect(codeReferenceUrl({ checkout, folder }, reference)).toBe(link);
  expect(codeReferenceUrl({ folder }, reference)).toBe(link);
});

test("a page is preferred to an editor, and a checkout without a remote has neither", () => {
  const reference = { file: "defs/a.yaml", line: 7 };
  const checkout = { remote: "git@github.com:acme/data.git", commit: "abc", root: "" };
  expect(codeReferenceUrl({ checkout, folder: "/shop" }, reference)).toMatch(/^https:/);
  expect(codeReferenceUrl({ checkout: { commit: "abc", root: "" } }, reference)).toBeUndefined();
});
