import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface LockedPackage {
  readonly optionalDependencies?: { readonly [name: string]: string };
  readonly resolved?: string;
  readonly integrity?: string;
}

type Lock = { readonly [path: string]: LockedPackage };

// npm leaves out what the registry it was run with did not have, and then `npm ci` fails on other machines.
function absentOptionalPackages(lock: Lock): string[] {
  const names = Object.values(lock).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  );
  const paths = Object.keys(lock);
  return [...new Set(names)].filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)));
}

const lock: Lock = JSON.parse(
  readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"),
).packages;

test("the lock holds the packages of every platform", () => {
  expect(absentOptionalPackages(lock)).toEqual([]);
});

test("a platform's package that the lock lacks is found", () => {
  const planted: Lock = { "node_modules/a": { optionalDependencies: { "a-darwin": "1.0.0" } } };
  expect(absentOptionalPackages(planted)).toEqual(["a-darwin"]);
});

test("the lock holds a checksum for every package and the address of none", () => {
  const packages = Object.entries(lock).filter(([path]) => path !== "");
  expect(packages.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
  expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
});
