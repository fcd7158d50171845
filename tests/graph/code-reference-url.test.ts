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
  { remote: "https://example.com/acme/data.git", page: undefined },
  { remote: "https://example.com/github.com/data.git", page: undefined },
  { remote: "/srv/git/data.git", page: undefined },
  { remote: "../data", page: undefined },
  { remote: "", page: undefined },
])("a line of a checkout of '$remote' has the page $page", ({ remote, page }) => {
  expect(codeReferenceUrl({ remote, commit: "abc", root: "" }, { file: "defs/a.yaml", line: 7 })).toBe(page);
});

test("the project may lie in a folder of the repository, and names are encoded", () => {
  const checkout = { remote: "https://github.com/acme/data", commit: "feature/x", root: "./teams/sales" };
  expect(codeReferenceUrl(checkout, { file: "defs/a b#.yaml", line: 1 })).toBe(
    "https://github.com/acme/data/blob/feature%2Fx/teams/sales/defs/a%20b%23.yaml#L1",
  );
});
