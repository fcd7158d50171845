import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { externalAssets, TemporaryProject } from "./temporary-project.ts";

const dop = fileURLToPath(new URL("../../platform/cli/dop.js", import.meta.url));
const slow = { timeout: 60_000 };

let made: TemporaryProject;
beforeAll(() => {
  const assets = Array.from(
    { length: 3000 },
    (_, index) => `key: raw/a${index}, description: "the asset with a number"`,
  );
  made = new TemporaryProject({ "defs/shop/component.yaml": externalAssets(...assets) });
});
afterAll(() => made[Symbol.dispose]());

function run(args: readonly string[], env: { readonly [name: string]: string } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [dop, ...args], {
    cwd: made.root,
    env: { ...process.env, DOP_CACHE: "off", FORCE_COLOR: "", NO_COLOR: "", ...env },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status, out: stdout, talk: stderr };
}

test("a whole process prints data on stdout, talk on stderr and ends with the code", slow, () => {
  expect(run(["check"])).toMatchObject({ code: 0, talk: "", out: expect.stringContaining("3000 assets") });
  expect(run(["chek"])).toMatchObject({ code: 2, out: "", talk: expect.stringContaining("check") });
  expect(run(["--version"]).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("large output reaches a pipe wholly", slow, () => {
  const { out } = run(["list", "assets", "--json"]);
  expect(JSON.parse(out).assets).toHaveLength(3000);
});

test("a reader that goes away early is no failure", slow, async () => {
  const child = spawn(process.execPath, [dop, "list", "assets"], {
    cwd: made.root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let talk = "";
  child.stderr.on("data", (chunk: Buffer) => {
    talk += chunk.toString();
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const [code] = await once(child, "close");
  expect({ code, talk }).toEqual({ code: 0, talk: "" });
});

test("colours are for terminals, or where they are asked for", slow, () => {
  const broken = ["check", "--env", "nowhere"];
  made.write({ "defs/broken/component.yaml": "type: [\n" });
  expect(run(broken).out).not.toContain("\u001b[");
  expect(run(broken, { FORCE_COLOR: "1" }).out).toContain("\u001b[31m");
  expect(run(broken, { FORCE_COLOR: "1", NO_COLOR: "1" }).out).not.toContain("\u001b[");
});
