import { expect, test } from "vitest";
import { isInstalled } from "../../platform/cli/setup/npm-packages.js";

const wanted = {
  "": { version: "0.1.0" },
  "node_modules/a": { version: "1.0.0", integrity: "x" },
  "node_modules/b-darwin": { version: "1.0.0", integrity: "y", optional: true },
};

test.for([
  {
    what: "all that the lock names",
    installed: { "node_modules/a": { version: "1.0.0", integrity: "x" } },
    is: true,
  },
  {
    what: "another version",
    installed: { "node_modules/a": { version: "1.0.1", integrity: "x" } },
    is: false,
  },
  { what: "other content", installed: { "node_modules/a": { version: "1.0.0", integrity: "z" } }, is: false },
  { what: "nothing", installed: {}, is: false },
  {
    what: "more than the lock names",
    installed: {
      "node_modules/a": { version: "1.0.0", integrity: "x" },
      "node_modules/c": { version: "1.0.0" },
    },
    is: false,
  },
])("with $what installed, packages are up to date: $is", ({ installed, is }) => {
  expect(isInstalled(wanted, installed)).toBe(is);
});
