import { expect, test } from "vitest";
import { forwardPools } from "../../platform/host/forwarded-pools.ts";

const needs = [{ pool: "api", slots: 1, limit: 1 }];

function forwarded() {
  const sent: unknown[] = [];
  const pools = forwardPools({
    sendClaim: (claim, id) => sent.push({ claim, id }),
    sendRelease: (step) => sent.push({ release: step }),
  });
  return { pools, sent };
}

test("a claim waits for the answer with its own number", async () => {
  const { pools, sent } = forwarded();
  const { signal } = new AbortController();
  let first = false;
  const claims = [
    pools.claim("a", needs, signal).then(() => {
      first = true;
    }),
    pools.claim("b", needs, signal),
  ];
  pools.granted(2);
  await claims[1];
  expect(first).toBe(false);
  pools.granted(1);
  await claims[0];
  expect(sent).toEqual([
    { claim: { step: "a", pools: needs }, id: 1 },
    { claim: { step: "b", pools: needs }, id: 2 },
  ]);
});

test("a step that is cancelled while it waits gives back what may just have been granted", async () => {
  const { pools, sent } = forwarded();
  const cancellation = new AbortController();
  const claim = pools.claim("a", needs, cancellation.signal);
  cancellation.abort(new Error("cancelled"));
  await expect(claim).rejects.toThrow("cancelled");
  expect(sent.at(-1)).toEqual({ release: "a" });
  pools.granted(1);
});

test("an answer that nobody waits for changes nothing", () => {
  const { pools } = forwarded();
  expect(() => pools.granted(7)).not.toThrow();
});
