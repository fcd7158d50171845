import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { retryPolicyOf } from "../../platform/automation/next-retry.ts";
import type { RunId, RunRecord } from "../../platform/core/run.ts";
import { type Controlled, controlled, lostEnd } from "./controlled-runs.ts";

const policy = { maxRetries: 1, strategy: "all", onStepFailure: true } as const;
const error = { name: "Error", message: "the till is empty" };

async function childrenOf({ storage }: Controlled, id: RunId, count: number): Promise<RunRecord[]> {
  for (;;) {
    const found = await storage.childRuns(id);
    if (found.length >= count) return found;
    await delay(5);
  }
}

test("a failed run is started again once for each retry that its policy allows", async () => {
  const shop = await controlled();
  const id = await shop.record("a", { retryPolicy: policy });
  await shop.working(1);
  await shop.works[0]?.tell({ type: "run.started" }, { type: "run.failed", error, reason: "step_failure" });
  shop.works[0]?.end({ complete: true, free: false });
  const [child] = await childrenOf(shop, id, 1);
  expect(child?.request.reexecution).toEqual({ parent: id, root: id, number: 1, automatic: true });
  await shop.working(2);
  await shop.works[1]?.tell({ type: "run.started" }, { type: "run.failed", error, reason: "step_failure" });
  shop.works[1]?.end({ complete: true, free: false });
  await delay(50);
  expect(await shop.storage.childRuns(id)).toHaveLength(1);
  expect((await shop.notes(id)).at(-1)).toContain(child?.id);
});

test("a policy that is about lost workers does not start a run again whose step failed", async () => {
  const shop = await controlled({ maxResumes: 0 });
  const retryPolicy = { ...policy, onStepFailure: false };
  const failed = await shop.record("a", { retryPolicy });
  await shop.working(1);
  await shop.works[0]?.tell({ type: "run.started" }, { type: "run.failed", error, reason: "step_failure" });
  shop.works[0]?.end({ complete: true, free: false });
  const lost = await shop.record("b", { retryPolicy });
  await shop.working(2);
  shop.works[1]?.end(lostEnd("killed"));
  await childrenOf(shop, lost, 1);
  expect(await shop.storage.childRuns(failed)).toEqual([]);
});

test("what failed while nobody watched is started again when a server begins, and once", async () => {
  const first = await controlled({ retryPolicy: { ...policy, delaySeconds: 3600 } });
  const id = await first.record("a");
  await first.working(1);
  await first.works[0]?.tell({ type: "run.started" }, { type: "run.failed", error, reason: "step_failure" });
  first.works[0]?.end({ complete: true, free: false });
  await delay(30);
  expect(await first.storage.childRuns(id)).toEqual([]);
  const second = await controlled({ storage: first.storage, retryPolicy: policy });
  await childrenOf(second, id, 1);
  const third = await controlled({ storage: first.storage, retryPolicy: policy });
  await delay(50);
  expect(await third.storage.childRuns(id)).toHaveLength(1);
});

test.for([
  { what: "its own", request: { retryPolicy: policy, tags: { "dop/max_retries": "9" } }, expected: policy },
  {
    what: "that of its tags",
    request: { tags: { "dop/max_retries": "2", "dop/retry_strategy": "ALL" } },
    expected: { maxRetries: 2, strategy: "all", onStepFailure: true },
  },
  {
    what: "from failure where the tags say nothing else",
    request: { tags: { "dop/max_retries": "2", "dop/retry_strategy": "SOME" } },
    expected: { maxRetries: 2, strategy: "from_failure", onStepFailure: true },
  },
  {
    what: "the project's where its tag is no number",
    request: { tags: { "dop/max_retries": "-1" } },
    expected: undefined,
  },
  { what: "none", request: { tags: {} }, expected: undefined },
] as const)("the policy of a request is $what", ({ request, expected }) => {
  expect(retryPolicyOf(request, {})).toEqual(expected);
});
