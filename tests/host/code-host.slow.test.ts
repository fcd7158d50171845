import { expect, onTestFinished, test, vi } from "vitest";
import type { ErrorInfo } from "../../platform/core/event.ts";
import { createCodeHost, type LoadedDefinitions } from "../../platform/host/code-host.ts";
import { copyProject } from "./project-copy.ts";

vi.setConfig({ testTimeout: 60_000 });

type Told = { readonly loaded: LoadedDefinitions } | { readonly failure: ErrorInfo };

/** A host over a project, with what it tells in order. */
function hosted(root: string, options: { readonly watch?: boolean } = {}) {
  const told: Told[] = [];
  const output: string[] = [];
  let wake = () => {};
  const tell = (what: Told) => {
    told.push(what);
    wake();
  };
  const host = createCodeHost({
    root,
    watch: options.watch ?? true,
    restartDelayMs: 50,
    onLoaded: (loaded) => tell({ loaded }),
    onFailure: (failure) => tell({ failure }),
    onOutput: (_stream, line) => output.push(line),
  });
  onTestFinished(async () => await host[Symbol.asyncDispose]());
  /** The next thing told that `wanted` accepts. */
  const next = async <T>(wanted: (what: Told) => T | undefined): Promise<T> => {
    for (;;) {
      for (let first = told.shift(); first !== undefined; first = told.shift()) {
        const found = wanted(first);
        if (found !== undefined) return found;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
  };
  return {
    host,
    output,
    loaded: () => next((what) => ("loaded" in what ? what.loaded : undefined)),
    failure: () => next((what) => ("failure" in what ? what.failure : undefined)),
  };
}

function keysOf({ snapshot }: LoadedDefinitions): string[] {
  return snapshot.definitions.assets.map(({ key }) => key);
}

const oneMore =
  'import { asset } from "#platform";\nexport const more = asset({ key: "mart/more" }, () => [{ one: 1 }]);\n';

test("definitions are loaded in another process", async () => {
  const { root } = copyProject("tiny-shop");
  const { host, loaded } = hosted(root);
  expect(keysOf(await loaded())).toEqual(["mart/customers", "mart/visits", "raw/orders"]);
  expect(host.processId()).not.toBe(process.pid);
});

test("a file that is written, changed and removed is loaded each time, and the change names it", async () => {
  const { root, write, remove } = copyProject("tiny-shop");
  const { loaded } = hosted(root);
  await loaded();
  write("defs/more.ts", oneMore);
  const added = await loaded();
  expect(added.changed).toEqual(["defs/more.ts"]);
  expect(keysOf(added)).toContain("mart/more");
  write("defs/more.ts", oneMore.replace("mart/more", "mart/other"));
  expect(keysOf(await loaded())).toContain("mart/other");
  remove("defs/more.ts");
  expect(keysOf(await loaded())).not.toContain("mart/other");
});

test("a change of YAML is loaded by the same process", async () => {
  const { root, write } = copyProject("tiny-shop");
  const { host, loaded } = hosted(root);
  await loaded();
  const before = host.processId();
  write("defs/shop/component.yaml", "type: .shop.ShopComponent\nattributes:\n  orders: []\n  colour: red\n");
  expect((await loaded()).snapshot.problems).toMatchObject([{ code: "unknown-attribute" }]);
  expect(host.processId()).toBe(before);
});

test("changed variables are taken up by a new process", async () => {
  const { root, write } = copyProject("tiny-shop", {
    "defs/greeting.ts":
      'import { asset } from "#platform";\nexport const greeting = asset({ key: "greeting" }, () => []);\n',
  });
  const { host, loaded } = hosted(root);
  await loaded();
  const before = host.processId();
  write(".env", "SHOP_NAME=corner\n");
  await loaded();
  expect(host.processId()).not.toBe(before);
});

test("a wrong line of .env is among the problems of the definitions", async () => {
  const { root, write } = copyProject("tiny-shop");
  write(".env", "nonsense here\n");
  const { loaded } = hosted(root);
  expect((await loaded()).snapshot.problems).toMatchObject([
    { code: "invalid-configuration", span: { file: ".env", start: { line: 1 } } },
  ]);
});

test("code that ends the process leaves the old definitions in force, until it is mended", async () => {
  const { root, write } = copyProject("tiny-shop");
  const { host, loaded, failure } = hosted(root);
  const { snapshot } = await loaded();
  write("defs/more.ts", `${oneMore}console.error("out of patience");\nprocess.exit(3);\n`);
  expect(await failure()).toMatchObject({
    message: expect.stringMatching(/exit code 3[\s\S]*out of patience/),
  });
  expect(host.current()?.snapshot.id).toBe(snapshot.id);
  write("defs/more.ts", oneMore);
  expect(keysOf(await loaded())).toContain("mart/more");
});

test("a host that is killed is started again", async () => {
  const { root } = copyProject("tiny-shop");
  const { host, loaded, failure } = hosted(root);
  await loaded();
  process.kill(host.processId() as number, "SIGKILL");
  expect(await failure()).toMatchObject({ message: expect.stringContaining("SIGKILL") });
  expect(keysOf(await loaded())).toContain("raw/orders");
});

test("what code writes while it is loaded is handed on", async () => {
  const { root } = copyProject("tiny-shop", {
    "defs/loud.ts": `${oneMore}console.log("hello from loud");\n`,
  });
  const { output, loaded } = hosted(root, { watch: false });
  await loaded();
  expect(output).toContain("hello from loud");
});

test("after it is closed no process is left", async () => {
  const { root } = copyProject("tiny-shop");
  const { host, loaded } = hosted(root);
  await loaded();
  const pid = host.processId() as number;
  await host[Symbol.asyncDispose]();
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("a malformed line of .env is among the problems", async () => {
  const { root } = copyProject("tiny-shop", { ".env": "SHOP_NAME=corner\nno value here\n" });
  const { loaded } = hosted(root, { watch: false });
  expect((await loaded()).snapshot.problems).toMatchObject([{ span: { file: ".env", start: { line: 2 } } }]);
});
