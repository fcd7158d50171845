import { expect, test } from "vitest";
import { sourceUrl, webUrlOf } from "../../platform/instance/git-checkout.ts";

test.for([
  { remote: "git@github.com:shop/data.git", url: "https://github.com/shop/data" },
  { remote: "https://github.com/shop/data", url: "https://github.com/shop/data" },
  { remote: "https://name:ghp_token@github.com/shop/data.git", url: "https://github.com/shop/data" },
  {
    remote: "ssh://git@gitlab.shop.example:2222/team/sub/data.git",
    url: "https://gitlab.shop.example/team/sub/data",
  },
  { remote: "git@bitbucket.org:shop/data.git", url: undefined },
  { remote: "/srv/git/data.git", url: undefined },
  { remote: "../data", url: undefined },
  { remote: "https://notgithub.example/shop/data", url: undefined },
])("the page of the remote $remote is $url", ({ remote, url }) => {
  expect(webUrlOf(remote)).toBe(url);
});

test.for([
  {
    webUrl: "https://github.com/shop/data",
    url: "https://github.com/shop/data/blob/c0ffee/sub/defs/a%20b.yaml#L3",
  },
  {
    webUrl: "https://gitlab.com/shop/data",
    url: "https://gitlab.com/shop/data/-/blob/c0ffee/sub/defs/a%20b.yaml#L3",
  },
])("a line of a file is at $url", ({ webUrl, url }) => {
  expect(sourceUrl({ commit: "c0ffee", prefix: "sub/", webUrl }, "defs/a b.yaml", 3)).toBe(url);
});
