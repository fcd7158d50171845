import { expect, test } from "vitest";
import { asset } from "../../platform/define/asset.ts";
import { resource } from "../../platform/define/resource.ts";
import { runInProcess } from "./run-in-process.ts";

function recorded(log: string[], key: string, uses: readonly string[] = []) {
  const define = resource(key, {
    uses,
    create({ resources }) {
      log.push(`open ${key}(${Object.keys(resources).join()})`);
      return { key };
    },
    close: () => void log.push(`close ${key}`),
  });
  return { resources: [define] };
}

test("a resource is set up once per run when first needed, after those it uses, and closed in reverse", async () => {
  const log: string[] = [];
  const parts = [
    recorded(log, "secrets"),
    recorded(log, "warehouse", ["secrets"]),
    recorded(log, "unused"),
    asset({ key: "a", resources: ["warehouse"] }, ({ warehouse }) => void log.push(`use ${warehouse.key}`)),
    asset({ key: "b", resources: ["warehouse"] }, ({ warehouse }) => void log.push(`use ${warehouse.key}`)),
  ];
  const { of } = await runInProcess(parts);
  expect(log).toEqual([
    "open secrets()",
    "open warehouse(secrets)",
    "use warehouse",
    "use warehouse",
    "close warehouse",
    "close secrets",
  ]);
  expect(of("resource.started").map((event) => event.resource)).toEqual(["secrets", "warehouse"]);
  expect(of("resource.stopped").map((event) => event.resource)).toEqual(["warehouse", "secrets"]);
});

test("resources are closed when a step fails, and one that cannot be closed does not keep the others open", async () => {
  const log: string[] = [];
  const stuck = resource("stuck", {
    uses: ["first"],
    create: () => ({}),
    close: () => {
      throw new Error("still busy");
    },
  });
  const bad = asset({ key: "bad", resources: ["stuck"] }, () => {
    throw new Error("no");
  });
  const { outcome, of } = await runInProcess([recorded(log, "first"), { resources: [stuck] }, bad]);
  expect(outcome).toBe("failure");
  expect(log).toEqual(["open first()", "close first"]);
  expect(of("resource.failed")).toMatchObject([{ resource: "stuck", error: { message: "still busy" } }]);
});

test("a resource that cannot be set up fails the steps that need it and no others", async () => {
  const broken = resource("broken", {
    create: () => {
      throw new Error("no route to host");
    },
  });
  const needs = asset({ key: "needs", resources: ["broken"] }, () => {});
  const free = asset({ key: "free" }, () => {});
  const { of } = await runInProcess([{ resources: [broken] }, needs, free]);
  expect(of("step.failed")).toMatchObject([{ step: "needs", error: { message: "no route to host" } }]);
  expect(of("step.succeeded")).toMatchObject([{ step: "free" }]);
  expect(of("resource.failed")).toMatchObject([{ resource: "broken" }]);
});

test("a resource that failed is tried again with the step", async () => {
  let tries = 0;
  const late = resource("late", {
    create: () => {
      if (++tries < 2) throw new Error("not yet");
      return {};
    },
  });
  const needs = asset({ key: "needs", resources: ["late"], retryPolicy: { maxRetries: 1 } }, () => {});
  expect(await runInProcess([{ resources: [late] }, needs])).toMatchObject({ outcome: "success" });
});

test("reading a resource that the step does not list fails with those that it lists", async () => {
  const log: string[] = [];
  const curious = asset({ key: "curious", resources: ["a"] }, ({ context }) => void context.resources["b"]);
  const { of } = await runInProcess([recorded(log, "a"), recorded(log, "b"), curious]);
  expect(of("step.failed")).toMatchObject([
    { error: { name: "StepError", message: expect.stringContaining("it lists `a`") } },
  ]);
});

test("a resource with pools is closed, with what uses it, whenever no step uses it", async () => {
  const log: string[] = [];
  const file = resource("file", {
    pools: ["duckdb:shop.duckdb"],
    create: () => void log.push("open file"),
    close: () => void log.push("close file"),
  });
  const parts = [
    { resources: [file] },
    recorded(log, "plain"),
    recorded(log, "mart", ["file"]),
    asset({ key: "a", resources: ["mart", "plain"] }, () => void log.push("a")),
    asset({ key: "b", deps: ["a"], resources: ["file"] }, () => {
      log.push("b");
      throw new Error("no");
    }),
    asset({ key: "c", deps: ["a"], resources: ["plain"] }, () => {}),
  ];
  await runInProcess(parts);
  expect(log.filter((line) => !line.includes("plain"))).toEqual([
    "open file",
    "open mart(file)",
    "a",
    "close mart",
    "close file",
    "open file",
    "b",
    "close file",
  ]);
  expect(log.filter((line) => line.includes("plain"))).toEqual(["open plain()", "close plain"]);
});

test("steps that open the same file do not run at once, whichever pools they take besides", async () => {
  let open = 0;
  let most = 0;
  const file = resource("file", { pools: ["duckdb:shop.duckdb"], create: () => ({}) });
  const user = (key: string) =>
    asset({ key, resources: ["file"] }, async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 5));
      open--;
    });
  const { outcome } = await runInProcess([{ resources: [file] }, user("a"), user("b"), user("c")]);
  expect([outcome, most]).toEqual(["success", 1]);
});
