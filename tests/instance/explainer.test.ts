import { expect, onTestFinished, test } from "vitest";
import { emptyState } from "../../platform/automation/automation-state.ts";
import { EntityGraph } from "../../platform/automation/entity-graph.ts";
import { evaluateAutomation } from "../../platform/automation/evaluate.ts";
import { requestCauses } from "../../platform/automation/explain-request.ts";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { Json } from "../../platform/core/metadata.ts";
import { defaultQueueSettings } from "../../platform/core/queue.ts";
import type { RunId } from "../../platform/core/run.ts";
import { groupStatesPrefix } from "../../platform/instance/automation-cursors.ts";
import { createExplainer } from "../../platform/instance/explainer.ts";
import { writeSwitch } from "../../platform/instance/instigator-switches.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { CaseHistory } from "../conformance/case-history.ts";

const at = (time: string) => Temporal.Instant.from(`2024-03-08T${time}Z`);
const select = (selection: string) => new Set([selection]);

async function project({ settings = defaultQueueSettings } = {}) {
  const storage = await openSqliteStorage(":memory:");
  onTestFinished(() => storage.close());
  const history = new CaseHistory({
    raw: { deps: [] },
    mart: { deps: [{ key: "raw" }], automation_condition: "eager" },
  } as never);
  const graph = new EntityGraph(history.definitions());
  const snapshot = {
    schema: "dop.snapshot/1",
    id: "s1",
    environment: "local",
    definitions: { ...history.definitions(), schedules: [nightly] },
    components: [],
    sources: [],
    problems: [],
  } as DefinitionsSnapshot;
  let state = emptyState;
  const explainer = createExplainer({
    storage,
    snapshot: async () => snapshot,
    settings,
    now: () => at("06:00"),
  });
  return {
    storage,
    history,
    explainer,
    /** One tick of the automation group as its daemon records it. */
    async tick(time: string) {
      const now = at(time);
      const input = { graph, facts: history.facts(), state, now, select };
      const result = evaluateAutomation({ ...input, explain: new Set(["mart"]) });
      state = result.state;
      const causes = requestCauses(result, input);
      await storage.commitTick({
        instigator: "sensor/automation",
        scheduledAtMs: now.epochMilliseconds,
        status: result.requested.length > 0 ? "success" : "skipped",
        startedAtMs: now.epochMilliseconds,
        endedAtMs: now.epochMilliseconds,
        body: {
          requested: result.requested.map(({ entity: { key } }) => ({
            key,
            causes: (causes.get(key) ?? []) as unknown as Json,
          })),
        },
        runs: [],
        cursors: Object.entries(state.entities).map(([key, entity]) => ({
          name: groupStatesPrefix("automation") + key,
          value: JSON.stringify(entity),
        })),
      });
    },
  };
}

const nightly = {
  name: "nightly",
  cron: "0 3 * * *",
  timeZone: "UTC",
  target: { selection: "key:raw" },
  defaultStatus: "running",
} as const;

async function requestedProject() {
  const all = await project();
  const { history, tick } = all;
  await tick("01:00");
  history.add({ kind: "materialize", asset: "mart" }, at("01:30"));
  await tick("02:00");
  history.add({ kind: "run_start", run: "r1", targets: ["raw"] }, at("02:59"));
  history.add({ kind: "materialize", asset: "raw", run: "r1" }, at("02:59"));
  await tick("03:00");
  await tick("04:00");
  return all;
}

test.for([
  { time: "00:30", answer: "unknown", causes: [] },
  { time: "02:30", answer: "not_requested", causes: [] },
  { time: "03:30", answer: "requested", causes: ["upstream_updated"] },
  { time: "04:30", answer: "not_requested", causes: [] },
])("at $time that has passed the kept ticks answer: $answer", async ({ time, answer, causes }) => {
  const { explainer } = await requestedProject();
  const explanation = await explainer.explain("mart", { atMs: at(time).epochMilliseconds });
  expect([explanation.answer, explanation.causes.map(({ code }) => code)]).toEqual([answer, causes]);
});

test("the last request tells the dep, run and time that a tick kept", async () => {
  const { explainer } = await requestedProject();
  expect((await explainer.explain("mart", {})).last_request).toMatchObject({
    by: "automation",
    at_ms: at("03:00").epochMilliseconds,
    causes: [{ subject: "raw", run_id: "r1", at_ms: at("02:59").epochMilliseconds }],
  });
});

test("a group that somebody switched off is why, and the stored facts say what else", async () => {
  const { explainer, storage, tick } = await project();
  await tick("01:00");
  await writeSwitch(storage, "automation", { status: "stopped", at: 0 });
  expect((await explainer.explain("mart", {})).causes.map(({ code, subject }) => [code, subject])).toEqual([
    ["paused", "automation"],
    ["upstream_missing", "raw"],
  ]);
});

test("the schedules that ask for an asset say when they tick next", async () => {
  const { explainer } = await project();
  expect((await explainer.explain("raw", {})).next).toEqual({
    kind: "at",
    at_ms: Temporal.Instant.from("2024-03-09T03:00Z").epochMilliseconds,
    by: "nightly",
    partitions: null,
  });
});

test("a queued run says which limit it waits for", async () => {
  const settings = { ...defaultQueueSettings, tagLimits: [{ key: "team", limit: 0 }] };
  const { explainer, storage } = await project({ settings });
  await storage.createRun({
    id: "01900000-0000-7000-8000-000000000001" as RunId,
    status: "queued",
    request: { assets: ["raw" as never], tags: { team: "a" } },
    snapshotId: "s1",
    createdAtMs: 1,
  });
  const { causes } = await explainer.explain("raw", {});
  expect(causes[0]).toMatchObject({ code: "queue_limit", subject: "raw" });
});

test("an asset that nobody defines is refused", async () => {
  const { explainer } = await project();
  await expect(explainer.explain("nothing", {})).rejects.toMatchObject({ reason: "unknown-asset" });
});
