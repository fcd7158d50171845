import { expect, test, vi } from "vitest";
import { connectRuns } from "../../platform/instance/connect-runs.ts";
import { materialize } from "../../platform/instance/instance.ts";
import { startDevProjects } from "../../platform/server/dev-projects.ts";
import { startDev } from "../../platform/server/run-dev.ts";
import { eagerReports, reports, sales, served, writtenProject } from "./opened-projects.ts";

vi.setConfig({ testTimeout: 60_000 });

const broken = { "defs/broken.ts": 'throw new Error("no such warehouse");\n' };

/** Without its place in a list. */
function keyed<T extends { readonly key: string }>(list: readonly T[]): Record<string, T> {
  return Object.fromEntries(list.map((one) => [one.key, one]));
}

test("a dep on an asset of another project is that asset, with its project, lineage and staleness", async () => {
  const { projects, json, post } = await served([
    writtenProject("sales", sales).root,
    writtenProject("reports", reports).root,
  ]);
  const { runs } = projects.joined;
  const before = keyed<{ key: string }>((await json("/assets")).assets);
  expect(before["raw/orders"]).toMatchObject({
    project: "sales",
    materializable: true,
    staleness: "missing",
  });
  expect(before["mart/totals"]).toMatchObject({
    project: "reports",
    deps: ["raw/orders"],
    staleness: "missing",
  });
  await materialize(runs, { target: { selection: "raw/orders" } });
  const made = await materialize(runs, { target: { selection: "mart/totals" } });
  expect(made).toMatchObject({ status: "success", project: "reports" });
  expect(keyed<{ key: string }>((await json("/assets")).assets)).toMatchObject({
    "raw/orders": { staleness: "fresh" },
    "mart/totals": { staleness: "fresh" },
  });
  await materialize(runs, { target: { selection: "raw/orders" } });
  expect(await json("/assets/mart/totals")).toMatchObject({
    asset: { staleness: "stale", project: "reports" },
  });
  expect(keyed<{ key: string }>((await json("/asset-states")).states)["mart/totals"]).toMatchObject({
    staleness: { status: "stale", causes: [{ kind: "data", asset: "raw/orders" }] },
  });
  expect(keyed<{ key: string }>((await json("/assets?project=reports")).assets)).toMatchObject({
    "mart/totals": { staleness: "stale" },
  });
  const again = (await (await post("/runs", { stale: true, selection: "*" })).json()) as {
    run: { id: string };
  };
  expect(await runs.wait(again.run.id)).toMatchObject({ status: "success", assets: ["mart/totals"] });
  expect(await json("/assets/mart/totals")).toMatchObject({ asset: { staleness: "fresh" } });
});

test("runs are listed together and found by id, and one project alone by its name", async () => {
  const { projects, json, request, post } = await served([
    writtenProject("sales", sales).root,
    writtenProject("reports", reports).root,
  ]);
  const { runs } = projects.joined;
  const first = await materialize(runs, { target: { selection: "raw/orders" } });
  await vi.waitUntil(async () => (await json("/runs")).runs.length === 2, { timeout: 10_000 });
  const second = await materialize(runs, { target: { selection: "mart/totals" } });
  const all = (await json("/runs")).runs as { id: string }[];
  // What sales made is known to reports as well, by a run that took it over.
  expect(all).toMatchObject([
    { id: second.id, project: "reports" },
    { project: "reports", status: "success", tags: { "dop/project": "sales" } },
    { id: first.id, project: "sales" },
  ]);
  expect(await json("/runs?limit=1")).toMatchObject({ runs: [{ id: second.id }], next: second.id });
  expect((await json(`/runs?before=${second.id}`)).runs).toMatchObject(
    all.slice(1).map(({ id }) => ({ id })),
  );
  expect((await json(`/runs?before=${first.id}`)).runs).toEqual([]);
  expect((await json("/runs?project=sales")).runs).toMatchObject([{ id: first.id }]);
  expect((await request(`/runs/${second.id}?project=sales`)).status).toBe(404);
  expect((await json(`/runs/${first.id}/events`)).events.length).toBeGreaterThan(0);
  expect((await request("/assets?project=nobody")).status).toBe(404);
  expect(await json("/projects")).toMatchObject({
    projects: [
      { name: "sales", status: "ready" },
      { name: "reports", status: "ready" },
    ],
  });
  const both = await post("/runs", { selection: "raw/orders+" });
  expect(both.status).toBe(400);
  expect(await both.json()).toMatchObject({
    code: "invalid-request",
    detail: expect.stringMatching(/`sales`, `reports`/),
  });
});

test("a project that does not load keeps its problems, and the other one runs", async () => {
  const { projects, json } = await served([
    writtenProject("reports", broken).root,
    writtenProject("sales", sales).root,
  ]);
  expect(await materialize(projects.joined.runs, { target: { selection: "raw/orders" } })).toMatchObject({
    status: "success",
  });
  expect((await json("/problems")).problems).toMatchObject([
    { code: "definitions-module-failed", project: "reports", file: "defs/broken.ts" },
  ]);
});

test("a project that ends its code host is told of, and the other one runs", async () => {
  const { projects, json } = await served([
    writtenProject("reports", { "defs/exits.ts": "process.exit(3);\n" }).root,
    writtenProject("sales", sales).root,
  ]);
  expect(await materialize(projects.joined.runs, { target: { selection: "raw/orders" } })).toMatchObject({
    status: "success",
  });
  expect((await json("/projects")).projects).toMatchObject([
    { name: "reports", status: "failed", failure: expect.any(String) },
    { name: "sales", status: "ready" },
  ]);
});

test("a key that two projects make is a problem that names both, and the first one's counts", async () => {
  const { json } = await served([writtenProject("sales", sales).root, writtenProject("crm", sales).root]);
  expect((await json("/problems")).problems).toMatchObject([
    {
      code: "duplicate-asset",
      project: "crm",
      file: "defs/orders.ts",
      message: expect.stringMatching(/`sales` and `crm`.*`raw\/orders`/),
      related: [{ file: "sales/defs/orders.ts" }],
    },
  ]);
  expect(await json("/assets/raw/orders")).toMatchObject({ asset: { project: "sales" } });
});

test("two projects of one name are refused", async () => {
  const roots = [writtenProject("sales", sales).root, writtenProject("sales", reports).root];
  await expect(served(roots)).rejects.toMatchObject({ reason: "invalid-request" });
});

test("a project that was seen is named when it is absent, and one of the settings before it was seen", async () => {
  const other = writtenProject("sales", sales);
  const own = writtenProject("reports", reports);
  const alone = async () => {
    const { projects, json } = await served([own.root]);
    const found = await json("/assets/raw/orders");
    await projects[Symbol.asyncDispose]();
    return found.asset;
  };
  expect(await alone()).not.toHaveProperty("absent_project");
  const together = await served([own.root, other.root]);
  expect((await together.json("/assets/raw/orders")).asset).not.toHaveProperty("absent_project");
  await together.projects[Symbol.asyncDispose]();
  expect(await alone()).toMatchObject({ absent_project: { name: "sales" } });
  own.write(
    "package.json",
    JSON.stringify({
      name: "reports",
      type: "module",
      dop: { projects: { sales: "../elsewhere", raw: "../raw" } },
    }),
  );
  expect(await alone()).toMatchObject({ absent_project: { name: "sales", folder: "../elsewhere" } });
});

test("dop dev prints one address for all, tells of each project, and serves the commands of each", async () => {
  const one = writtenProject("sales", sales);
  const two = writtenProject("reports", reports);
  const printed: string[] = [];
  const said: string[] = [];
  const talk = {
    version: "0",
    port: 0,
    print: (text: string) => printed.push(text),
    say: (text: string) => said.push(text),
  };
  {
    await using dev = await startDevProjects({ roots: [one.root, two.root], ...talk });
    expect(printed).toEqual([`dop dev: ${dev.url}`]);
    await vi.waitUntil(async () => (await fetch(`${dev.url}/api/v1/health`)).status === 200, {
      timeout: 30_000,
    });
    expect(said.filter((text) => /^\w+: loaded in/.test(text)).toSorted()).toEqual([
      expect.stringMatching(/^reports: loaded in \d+ ms: 2 assets/),
      expect.stringMatching(/^sales: loaded in \d+ ms: 1 asset/),
    ]);
    await using connection = await connectRuns({ root: two.root, watch: false });
    expect(connection.ownerUrl).toBe(dev.url);
    const run = await materialize(connection.runs, { target: { selection: "*" } });
    expect(run).toMatchObject({ status: "success", assets: ["mart/totals"] });
    expect(await connection.runs.list()).toMatchObject([{ id: run.id }]);
  }
  said.length = 0;
  await using _alone = await startDev({ root: two.root, ...talk });
  await vi.waitUntil(() => said.some((text) => text.includes("`sales`")), { timeout: 30_000 });
  expect(said.find((text) => text.includes("`sales`"))).toMatch(
    /`mart\/totals` depends on `raw\/orders`.*--project \.\..*sales/,
  );
});

test("an update in one project makes due what another project makes of it", async () => {
  const one = writtenProject("sales", sales);
  const two = writtenProject("reports", eagerReports);
  const talk = { version: "0", port: 0, print: () => {}, say: () => {} };
  await using dev = await startDevProjects({ roots: [two.root, one.root], ...talk });
  const json = async (path: string) =>
    (await (await fetch(`${dev.url}/api/v1${path}`)).json()) as {
      runs: { status: string; assets: string[] }[];
    };
  await vi.waitUntil(async () => (await fetch(`${dev.url}/api/v1/health`)).status === 200, {
    timeout: 30_000,
  });
  expect((await json("/runs")).runs).toEqual([]);
  await using connection = await connectRuns({ root: one.root, watch: false });
  await materialize(connection.runs, { target: { selection: "raw/orders" } });
  await vi.waitUntil(
    async () =>
      (await json("/runs?project=reports")).runs.some(
        ({ status, assets }) => status === "success" && assets[0] === "mart/totals",
      ),
    { timeout: 30_000, interval: 200 },
  );
  expect((await json("/runs?project=reports")).runs).toMatchObject([
    { assets: ["mart/totals"], status: "success" },
    { assets: ["raw/orders"], status: "success", tags: { "dop/project": "sales" } },
  ]);
  expect((await json("/runs?project=sales")).runs).toMatchObject([{ assets: ["raw/orders"] }]);
});
