import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readImports, readSource, type SourceReading } from "./source-reading.ts";

const all = "all above";

/** What each folder of platform/ may import, in the order in which the floors stand on one another. */
const floors: { readonly [floor: string]: readonly string[] | typeof all } = {
  core: [],
  cron: ["core"],
  partition: ["core", "cron"],
  define: ["core", "partition"],
  yaml: ["core"],
  template: ["core"],
  component: ["core", "partition", "define", "yaml", "template"],
  graph: ["core", "cron", "partition", "template"],
  automation: ["core", "cron", "partition", "graph"],
  plan: ["core", "partition", "graph"],
  storage: ["core", "partition"],
  io: ["core", "partition", "define"],
  run: ["core", "partition", "define", "plan", "io"],
  host: ["core", "define", "component", "graph", "run"],
  launch: ["core", "host"],
  simulate: ["core", "partition", "graph", "automation", "plan"],
  instance: all,
  daemon: ["core", "automation", "instance"],
  server: ["core", "graph", "instance", "daemon"],
  ui: ["core", "server"],
  language: ["core", "component", "graph", "instance"],
  cli: all,
};

/** Floors whose results depend on their arguments alone, with the parts of Node that they may still import. */
const pureFloors: { readonly [floor: string]: readonly string[] } = {
  core: [],
  cron: [],
  partition: [],
  graph: ["node:crypto"],
  automation: [],
  plan: [],
  simulate: [],
};

const impure = new Set([
  "process",
  "performance",
  "fetch",
  "crypto",
  "console",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "Date.now",
  "new Date()",
  "Math.random",
  "Temporal.Now",
]);

type Sources = { readonly [file: string]: string };

function violations(sources: Sources): string[] {
  const readings = Object.entries(sources).map(([file, text]) => ({
    file,
    reading:
      floorOf(file) in pureFloors
        ? readSource(file, text)
        : { imports: readImports(file, text), uses: new Set<string>() },
  }));
  return [
    ...readings.flatMap(({ file, reading }) => [
      ...wrongImports(file, reading),
      ...impurities(file, reading),
    ]),
    ...packagesOnManyFloors(readings),
  ];
}

function wrongImports(file: string, { imports }: SourceReading): string[] {
  const floor = floorOf(file);
  if (!(floor in floors) && !["entry", "lib", "defs"].includes(floor)) return [`${file} stands on no floor`];
  return imports
    .filter(({ specifier }) => specifier.startsWith(".") || /^(#|dop$|dop\/)/.test(specifier))
    .filter(({ specifier, typeOnly }) => !mayImport(file, { specifier, typeOnly }))
    .map(({ specifier }) => `${file} imports ${targetOf(file, specifier)}`);
}

function mayImport(file: string, { specifier, typeOnly }: { specifier: string; typeOnly: boolean }): boolean {
  const from = floorOf(file);
  const to = floorOf(targetOf(file, specifier));
  if (from === "lib" || from === "defs") {
    return /^#platform(\/testing)?$/.test(specifier) || to === from || to === "lib";
  }
  if (!specifier.startsWith(".")) return false;
  if (from === to) return true;
  if (from === "entry") return to in floors;
  if (from === "ui" && !typeOnly) return false;
  return allowed(from).includes(to);
}

function allowed(floor: string): readonly string[] {
  const row = floors[floor] ?? [];
  const names = Object.keys(floors);
  return row === all ? names.slice(0, names.indexOf(floor)) : row;
}

function impurities(file: string, { imports, uses }: SourceReading): string[] {
  const builtins = pureFloors[floorOf(file)];
  if (builtins === undefined) return [];
  return [
    ...imports
      .map(({ specifier }) => specifier)
      .filter((name) => name.startsWith("node:") && !builtins.includes(name)),
    ...[...uses].filter((name) => impure.has(name)),
  ].map((name) => `${file} is impure: ${name}`);
}

/** typebox is everybody's; all of lib/ counts as one floor. dop's own records and users' tables may be in Postgres. */
function packagesOnManyFloors(readings: readonly { file: string; reading: SourceReading }[]): string[] {
  const floorsOf = new Map<string, Set<string>>();
  for (const { file, reading } of readings) {
    for (const { specifier } of reading.imports) {
      if (/^(\.|#|node:|dop$|dop\/)/.test(specifier)) continue;
      const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
      if (name === "typebox" || name === "pg" || floorOf(file) === "defs") continue;
      floorsOf.set(name, (floorsOf.get(name) ?? new Set()).add(floorOf(file)));
    }
  }
  const shared = [...floorsOf].filter(([, names]) => names.size > 1);
  return shared.map(([name, names]) => `${name} is imported on ${[...names].sort().join(" and ")}`);
}

function floorOf(path: string): string {
  const [top = "", folder = "", ...rest] = path.split("/");
  if (top !== "platform") return top;
  return rest.length === 0 ? "entry" : folder;
}

function targetOf(file: string, specifier: string): string {
  return specifier.startsWith(".") ? join(dirname(file), specifier) : specifier;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const sourceFiles = globSync("{platform,lib,defs}/**/*.{ts,tsx,js}", { cwd: root }).filter(
  (file) => !/(^|\/)node_modules\/|\.test\.ts$/.test(file),
);
const sources = Object.fromEntries(
  sourceFiles.sort().map((file) => [file, readFileSync(join(root, file), "utf8")]),
);

test("the floor plan sees the source", () => {
  expect(sourceFiles).toContain("platform/core/asset.ts");
  expect(sourceFiles.length).toBeGreaterThan(20);
});

test("every import goes to a floor that its own may use, and pure floors are pure", () => {
  expect(violations(sources)).toEqual([]);
});

test.for([
  {
    planted: "an upward import",
    file: "platform/core/a.ts",
    text: 'import { b } from "../graph/b.ts";',
    found: "platform/core/a.ts imports platform/graph/b.ts",
  },
  {
    planted: "an upward import of a type",
    file: "platform/core/a.ts",
    text: 'import type { B } from "../graph/b.ts";',
    found: "platform/core/a.ts imports platform/graph/b.ts",
  },
  {
    planted: "an upward dynamic import",
    file: "platform/yaml/a.ts",
    text: 'await import("../cli/b.ts");',
    found: "platform/yaml/a.ts imports platform/cli/b.ts",
  },
  {
    planted: "an upward export",
    file: "platform/plan/a.ts",
    text: 'export * from "../run/b.ts";',
    found: "platform/plan/a.ts imports platform/run/b.ts",
  },
  {
    planted: "an import of the public entry from within",
    file: "platform/io/a.ts",
    text: 'import "#platform";',
    found: "platform/io/a.ts imports #platform",
  },
  {
    planted: "a page that imports more than types",
    file: "platform/ui/a.tsx",
    text: 'import { b } from "../core/b.ts";',
    found: "platform/ui/a.tsx imports platform/core/b.ts",
  },
  {
    planted: "a component that reaches behind the public entry",
    file: "lib/x/a.ts",
    text: 'import { b } from "../../platform/core/b.ts";',
    found: "lib/x/a.ts imports platform/core/b.ts",
  },
  {
    planted: "a folder without a floor",
    file: "platform/misc/a.ts",
    text: "",
    found: "platform/misc/a.ts stands on no floor",
  },
  {
    planted: "a part of Node in core",
    file: "platform/core/a.ts",
    text: 'import { createHash } from "node:crypto";',
    found: "platform/core/a.ts is impure: node:crypto",
  },
  {
    planted: "a clock in a pure floor",
    file: "platform/plan/a.ts",
    text: "export const now = () => Date.now();",
    found: "platform/plan/a.ts is impure: Date.now",
  },
  {
    planted: "the moment of construction in a pure floor",
    file: "platform/plan/a.ts",
    text: "export const now = () => new Date();",
    found: "platform/plan/a.ts is impure: new Date()",
  },
  {
    planted: "an environment variable in a pure floor",
    file: "platform/graph/a.ts",
    text: "export const home = process.env.HOME;",
    found: "platform/graph/a.ts is impure: process",
  },
])("$planted is found", ({ file, text, found }) => {
  expect(violations({ [file]: text })).toEqual([found]);
});

test("a package on two floors is found", () => {
  const planted = { "platform/yaml/a.ts": 'import "yaml";', "platform/cli/b.ts": 'import "yaml/util";' };
  expect(violations(planted)).toEqual(["yaml is imported on cli and yaml"]);
});

test.for([
  {
    what: "hashing in graph",
    file: "platform/graph/a.ts",
    text: 'import { createHash } from "node:crypto";',
  },
  { what: "typebox on any floor", file: "platform/core/a.ts", text: 'import { Type } from "typebox";' },
  { what: "a date made from a number in a pure floor", file: "platform/core/a.ts", text: "new Date(0);" },
  {
    what: "a property that is named like a global",
    file: "platform/core/a.ts",
    text: "run.process; ({ fetch: 1 });",
  },
  { what: "an import inside a text", file: "platform/core/a.ts", text: "`import '../cli/a.ts'`;" },
  { what: "a type for a page", file: "platform/ui/a.ts", text: 'import type { B } from "../core/b.ts";' },
  { what: "a neighbour in lib", file: "lib/x/a.ts", text: 'import "../y/b.ts"; import "#platform";' },
])("$what is fine", ({ file, text }) => {
  expect(violations({ [file]: text })).toEqual([]);
});

const architecture = readFileSync(join(root, "platform/docs/architecture.md"), "utf8");
const rows = new Map(
  [...architecture.matchAll(/^\| `platform\/(\w+)` \| (.+) \| (.*) \|$/gm)].map(
    ([, floor, purpose, imports]) => [floor, { purpose, imports }],
  ),
);

test("the architecture page has the floors of this table, with what they may import", () => {
  const written = Object.fromEntries([...rows].map(([floor, row]) => [floor, row.imports]));
  const here = Object.entries(floors).map(([floor, names]) => [
    floor,
    names === all ? all : names.join(", "),
  ]);
  expect(written).toEqual(Object.fromEntries(here));
});

test("the architecture page repeats the first line of each folder's main file", () => {
  const present = Object.keys(floors).filter((floor) => sourcesOf(floor).length > 0);
  const purposes = present.map((floor) => [
    floor,
    purposeOf(floor) ?? `no file starts with: // \`${floor}\` …`,
  ]);
  const written = present.map((floor) => [floor, rows.get(floor)?.purpose]);
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(purposes));
});

function sourcesOf(floor: string): string[] {
  const files = Object.entries(sources).filter(([file]) => file.startsWith(`platform/${floor}/`));
  return files.map(([, text]) => text);
}

/** What the main file of a folder, the one that starts with the folder's name, says that the folder is for. */
function purposeOf(floor: string): string | undefined {
  const firstLines = sourcesOf(floor).map((text) => /^(?:#!.*\n)?(.*)/.exec(text)?.[1] ?? "");
  return firstLines.find((line) => line.startsWith(`// \`${floor}\` `))?.slice("// ".length);
}
