import { expect, test } from "vitest";
import { asset } from "../../platform/define/asset.ts";
import { Failure, RetryRequested, StepError } from "../../platform/define/step.ts";
import { retryDelayMs } from "../../platform/run/retry-delay.ts";
import { runInProcess } from "./run-in-process.ts";

test.for([
  { backoff: undefined, attempts: [2000, 2000, 2000] },
  { backoff: "linear", attempts: [2000, 4000, 6000] },
  { backoff: "exponential", attempts: [2000, 6000, 14_000] },
] as const)("with backoff $backoff and 2 s the delays are $attempts", ({ backoff, attempts }) => {
  const policy = { maxRetries: 3, delaySeconds: 2, ...(backoff === undefined ? {} : { backoff }) };
  expect([1, 2, 3].map((attempt) => retryDelayMs(policy, attempt, () => 0.5))).toEqual(attempts);
});

test.for([
  { jitter: "full", random: 0, delay: 0 },
  { jitter: "full", random: 0.5, delay: 3000 },
  { jitter: "plus_minus", random: 0, delay: 4000 },
  { jitter: "plus_minus", random: 0.5, delay: 6000 },
  { jitter: "plus_minus", random: 0.75, delay: 7000 },
] as const)("jitter $jitter at $random makes $delay ms of 6 s", ({ jitter, random, delay }) => {
  const policy = { maxRetries: 3, delaySeconds: 2, backoff: "exponential", jitter } as const;
  expect(retryDelayMs(policy, 2, () => random)).toBe(delay);
});

test("a step without delay is tried again at once", () => {
  expect(retryDelayMs({ maxRetries: 1 }, 1, () => 0.9)).toBe(0);
});

test("a step is tried again as often as its policy says, and keeps what the last attempt reports", async () => {
  const attempts: number[] = [];
  const shaky = asset({ key: "shaky", retryPolicy: { maxRetries: 2 } }, ({ attempt }) => {
    attempts.push(attempt);
    if (attempt < 3) throw new Error(`no luck ${attempt}`);
  });
  const { outcome, of } = await runInProcess([shaky]);
  expect(outcome).toBe("success");
  expect(attempts).toEqual([1, 2, 3]);
  expect(of("step.retrying")).toMatchObject([
    { attempt: 1, error: { message: "no luck 1" } },
    { attempt: 2, error: { message: "no luck 2" } },
  ]);
  expect(of("asset.materialized")).toHaveLength(1);
  expect(of("asset.failed")).toEqual([]);
});

test("a step that never succeeds fails after the last retry with the last error", async () => {
  const bad = asset({ key: "bad", retryPolicy: { maxRetries: 1 } }, ({ attempt }) => {
    throw new Error(`attempt ${attempt}`);
  });
  const { of } = await runInProcess([bad]);
  expect(of("step.started")).toHaveLength(2);
  expect(of("step.failed")).toMatchObject([{ error: { message: "attempt 2" } }]);
});

test("an error that says that trying again is no use is not tried again", async () => {
  const bad = asset({ key: "bad", retryPolicy: { maxRetries: 5 } }, () => {
    throw new StepError("wrong password", { retry: "never" });
  });
  const { of } = await runInProcess([bad]);
  expect(of("step.retrying")).toEqual([]);
});

test("a run that is cancelled between two attempts does not begin the next", async () => {
  const controller = new AbortController();
  const bad = asset({ key: "bad", retryPolicy: { maxRetries: 1, delaySeconds: 3600 } }, () => {
    setTimeout(() => controller.abort(), 5);
    throw new Error("once");
  });
  const { outcome, of } = await runInProcess([bad], { signal: controller.signal });
  expect(outcome).toBe("canceled");
  expect(of("step.started")).toHaveLength(1);
  expect(of("step.canceled")).toHaveLength(1);
});

test("a step whose time is up is aborted and fails, and may be tried again", async () => {
  let aborted = 0;
  const slow = asset(
    { key: "slow", timeoutSeconds: 0.02, retryPolicy: { maxRetries: 1 } },
    async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      aborted++;
    },
  );
  const { outcome, of } = await runInProcess([slow]);
  expect(outcome).toBe("failure");
  expect(aborted).toBe(2);
  expect(of("step.failed")).toMatchObject([
    { error: { name: "StepError", message: "the step took longer than 0.02 s" } },
  ]);
});

test("a step whose time is up has its query ended and starts no other", { timeout: 60_000 }, async () => {
  const endless = "select sum(a.range * b.range) from range(10000000) a, range(10000000) b";
  const failures: string[] = [];
  // Loading DuckDB takes longer on a busy machine than the step may.
  const warm = asset({ key: "warm" }, async ({ query }) => void (await query("select 1")));
  const slow = asset({ key: "slow", deps: [warm], timeoutSeconds: 0.2 }, async ({ query }) => {
    for (let left = 2; left > 0; left--) await query(endless).catch((error) => failures.push(error.message));
  });
  const other = asset({ key: "other" }, async ({ query }) => {
    await query("select sum(range) from range(300000000)");
  });
  const { of } = await runInProcess([warm, slow, other], { abortGraceMs: 60_000 });
  expect(of("step.failed")).toMatchObject([
    { step: "slow", error: { message: "the step took longer than 0.2 s" } },
  ]);
  expect(failures).toEqual([expect.stringMatching(/interrupt/i), "the step took longer than 0.2 s"]);
  expect(of("step.succeeded").map(({ step }) => step)).toContain("other");
});

test("a Failure is not tried again and says why in its metadata", async () => {
  const bad = asset({ key: "bad", retryPolicy: { maxRetries: 5 } }, () => {
    throw new Failure("no such account", { metadata: { account: 7 } });
  });
  const { of } = await runInProcess([bad]);
  expect(of("step.retrying")).toEqual([]);
  expect(of("step.failed")).toMatchObject([
    { error: { name: "Failure" }, metadata: { account: { type: "int", value: 7 } } },
  ]);
});

test("a Failure that allows it is tried again as the policy says", async () => {
  const bad = asset({ key: "bad", retryPolicy: { maxRetries: 1 } }, () => {
    throw new Failure("not yet", { allowRetries: true });
  });
  expect((await runInProcess([bad])).of("step.retrying")).toHaveLength(1);
});

test("a step that asks to be tried again is, without a policy, as often and as late as it says", async () => {
  const bad = asset({ key: "bad" }, () => {
    throw new RetryRequested("not yet", { maxRetries: 2, delaySeconds: 0.001 });
  });
  const { of } = await runInProcess([bad]);
  expect(of("step.retrying")).toMatchObject([{ delayMs: 1 }, { delayMs: 1 }]);
  expect(of("step.failed")).toMatchObject([{ error: { name: "RetryRequested" } }]);
});

test("while a step waits for its next attempt, others have its place and its pool", async () => {
  const order: string[] = [];
  const shaky = asset(
    { key: "a", pool: "db", retryPolicy: { maxRetries: 1, delaySeconds: 0.02 } },
    ({ attempt }) => {
      order.push(`a${attempt}`);
      if (attempt === 1) throw new Error("again");
    },
  );
  const other = asset({ key: "b", pool: "db" }, () => void order.push("b"));
  await runInProcess([shaky, other, { pools: [{ name: "db", limit: 1 }] }], { maxParallel: 1 });
  expect(order).toEqual(["a1", "b", "a2"]);
});

test("in a run that goes on attempts are counted on, and retries that were spent stay spent", async () => {
  const attempts: number[] = [];
  const bad = asset({ key: "bad", retryPolicy: { maxRetries: 2 } }, ({ attempt }) => {
    attempts.push(attempt);
    throw new Error("again");
  });
  const bad_ = { attempts: 3, retries: 1, made: [], failedBlocking: [] };
  const { of } = await runInProcess([bad], { known: { steps: { bad: bad_ }, values: [] } });
  expect(attempts).toEqual([4, 5]);
  expect(of("step.failed")).toHaveLength(1);
});
