import type { RunId } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { PoolGate } from "../run/pool-gate.ts";
import type { PoolClaim, Storage } from "../storage/storage.ts";
import { StorageError } from "../storage/storage-error.ts";
import type { ServerLog } from "./server-log.ts";
import { createWorkLoop } from "./work-loop.ts";

/** An attempt whose steps want slots of pools. */
export interface ClaimingAttempt {
  readonly runId: RunId;
  readonly epoch: number;
  readonly plan: Pick<RunPlan, "steps" | "request">;
}

/** The pools of one attempt. */
export interface AttemptPools extends PoolGate {
  /** Pools that the run itself holds to its end; resolves when it has them all. */
  claimForRun(pools: PoolClaim["pools"], signal: AbortSignal): Promise<void>;
}

/** The claims for pools of all runs of one process, in their order: higher priority first, then the older claim. */
export interface PoolClaims extends AsyncDisposable {
  of(attempt: ClaimingAttempt): AttemptPools;
}

export interface PoolClaimsOptions {
  readonly storage: Storage;
  readonly log: ServerLog;
  now(): Temporal.Instant;
  /** A claim that waits is tried again after so many milliseconds at the latest. */
  readonly everyMs?: number;
}

interface WaitingClaim {
  readonly claim: PoolClaim;
  readonly order: readonly [runPriority: number, stepPriority: number];
  readonly granted: () => void;
  readonly refused: (error: unknown) => void;
  /** Whether the run's log says that it waits. */
  told: boolean;
  withdrawn: boolean;
}

/** Waits for slots in the order of claims, and takes them as leases of storage. */
export function createPoolClaims({ storage, log, now, everyMs = 1000 }: PoolClaimsOptions): PoolClaims {
  let waiting: WaitingClaim[] = [];
  const releasing = new Set<Promise<void>>();
  const remove = (one: WaitingClaim) => {
    one.withdrawn = true;
    waiting = waiting.filter((other) => other !== one);
  };

  const round = async () => {
    // What a step has given back must be gone before it claims again.
    await Promise.all(releasing);
    // Who waits for a pool is not overtaken by a later claim that wants less of it.
    const full = new Set<string>();
    for (const one of [...waiting]) {
      if (one.withdrawn || one.claim.pools.some(({ pool }) => full.has(pool))) continue;
      const pool = await attempt(one);
      if (pool !== undefined) full.add(pool);
    }
    if (waiting.length > 0) retry();
  };
  /** Gives the pool that has no room. */
  const attempt = async (one: WaitingClaim): Promise<string | undefined> => {
    const { claim } = one;
    try {
      const grant = await storage.claimPools(claim);
      if (!grant.granted) {
        await tellOnce(one, grant.pool);
        return grant.pool;
      }
      if (one.withdrawn) await storage.releasePools(claim.runId, claim.epoch, claim.step);
      remove(one);
      one.granted();
    } catch (error) {
      if (!(error instanceof StorageError && error.reason === "stale-attempt")) throw error;
      remove(one);
      one.refused(error);
    }
    return undefined;
  };
  const tellOnce = async (one: WaitingClaim, pool: string) => {
    if (one.told) return;
    one.told = true;
    const who = one.claim.step === undefined ? "the run" : `step \`${one.claim.step}\``;
    const message = `${who} waits for the pool \`${pool}\``;
    await storage.noteRun(one.claim.runId, { at: now().epochMilliseconds, message });
  };

  const loop = createWorkLoop({
    work: round,
    onError(error) {
      log.error("pools could not be claimed", { err: error });
      retry();
    },
  });
  let timer: NodeJS.Timeout | undefined;
  const retry = () => {
    clearTimeout(timer);
    timer = setTimeout(loop.wake, everyMs);
  };
  const wait = (
    claim: PoolClaim,
    { order, signal }: { readonly order: WaitingClaim["order"]; readonly signal: AbortSignal },
  ): Promise<void> => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const one: WaitingClaim = {
      claim,
      order,
      granted: resolve,
      refused: reject,
      told: false,
      withdrawn: false,
    };
    const onAbort = () => {
      remove(one);
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const place = waiting.findIndex((other) => isBefore(order, other.order));
    waiting.splice(place < 0 ? waiting.length : place, 0, one);
    loop.wake();
    return promise.finally(() => signal.removeEventListener("abort", onAbort));
  };
  const release = (attempt: ClaimingAttempt, step: string): Promise<void> => {
    const work: Promise<void> = giveBack(attempt, step).finally(() => {
      releasing.delete(work);
      if (waiting.length > 0) loop.wake();
    });
    releasing.add(work);
    return work;
  };
  const giveBack = async (attempt: ClaimingAttempt, step: string) => {
    const withdrawn = waiting.filter(
      ({ claim }) => claim.runId === attempt.runId && claim.epoch === attempt.epoch && claim.step === step,
    );
    for (const one of withdrawn) remove(one);
    try {
      await storage.releasePools(attempt.runId, attempt.epoch, step);
    } catch (error) {
      // They are freed with the attempt's end at the latest.
      log.error("a pool could not be given back", { run: attempt.runId, step, err: error });
    }
  };

  const unsubscribe = storage.subscribe(({ events }) => {
    if (waiting.length > 0 && events.some(({ event }) => freesPools.has(event.type))) loop.wake();
  });

  return {
    of(attempt) {
      const { runId, epoch, plan } = attempt;
      const runPriority = plan.request.priority ?? 0;
      const priorities = new Map(plan.steps.map((step) => [step.key, step.priority ?? 0]));
      return {
        claim(step, pools, signal) {
          // An instance of a mapped step is named by its step and a mapping key.
          const priority = priorities.get(step) ?? priorities.get(step.replace(/\[[^[\]]*\]$/, "")) ?? 0;
          return wait({ runId, epoch, step, pools }, { order: [runPriority, priority], signal });
        },
        claimForRun: (pools, signal) => wait({ runId, epoch, pools }, { order: [runPriority, 0], signal }),
        release: (step) => release(attempt, step),
      };
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      unsubscribe();
      await loop[Symbol.asyncDispose]();
      clearTimeout(timer);
    },
  };
}

/** Events with which an attempt ends. */
const freesPools: ReadonlySet<string> = new Set([
  "run.starting",
  "run.succeeded",
  "run.failed",
  "run.canceled",
]);

/** Equal claims go by age. */
function isBefore(a: WaitingClaim["order"], b: WaitingClaim["order"]): boolean {
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}
