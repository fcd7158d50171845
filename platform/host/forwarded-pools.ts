import type { PoolGate } from "../run/pool-gate.ts";
import type { MessageBody } from "./message.ts";

/** The pools of a run worker's steps: asked for where the leases are, and waited for here. */
export interface ForwardedPools extends PoolGate {
  /** The answer to the claim with this id has come. */
  granted(id: number): void;
}

/** `sendClaim` and `sendRelease` tell the control plane, in this order. */
export function forwardPools({
  sendClaim,
  sendRelease,
}: {
  sendClaim(claim: MessageBody<"claim">, id: number): void;
  sendRelease(step: string): void;
}): ForwardedPools {
  const waiting = new Map<number, () => void>();
  let nextId = 1;
  return {
    async claim(step, pools, signal) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const id = nextId++;
      const onAbort = () => {
        // It may be granted at this moment: giving it back is right in both cases.
        sendRelease(step);
        reject(signal.reason);
      };
      waiting.set(id, resolve);
      signal.addEventListener("abort", onAbort, { once: true });
      sendClaim({ step, pools: [...pools] }, id);
      try {
        await promise;
      } finally {
        waiting.delete(id);
        signal.removeEventListener("abort", onAbort);
      }
    },
    async release(step) {
      sendRelease(step);
    },
    granted: (id) => waiting.get(id)?.(),
  };
}
