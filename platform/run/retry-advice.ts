import type { Metadata } from "../core/metadata.ts";
import { metadataOf } from "../core/metadata.ts";
import type { RetryPolicy } from "../core/policies.ts";
import type { Failure, RetryRequested, StepError } from "../define/step.ts";
import { retryDelayMs } from "./retry-delay.ts";

/** What a failed attempt says of trying again; plain data. */
export type RetryAdvice =
  | { readonly kind: "policy" }
  | { readonly kind: "never" }
  | { readonly kind: "requested"; readonly maxRetries: number; readonly delaySeconds?: number };

/** Errors are told by name, because a component package may carry its own copies of the classes. */
export function retryAdvice(thrown: unknown): RetryAdvice {
  if (isNamed<StepError>(thrown, "StepError", "retry") && thrown.retry === "never") return { kind: "never" };
  if (isFailure(thrown) && !thrown.allowRetries) return { kind: "never" };
  if (isNamed<RetryRequested>(thrown, "RetryRequested", "maxRetries")) {
    const { maxRetries, delaySeconds } = thrown;
    return { kind: "requested", maxRetries, ...(delaySeconds === undefined ? {} : { delaySeconds }) };
  }
  return { kind: "policy" };
}

/** What a failed attempt has to say besides its error. */
export function failureMetadata(thrown: unknown): Metadata | undefined {
  if (!isFailure(thrown)) return undefined;
  const metadata = metadataOf(thrown.metadata);
  return Object.keys(metadata).length === 0 ? undefined : metadata;
}

/** Milliseconds until the next attempt after so many retries; `undefined` where the step is not tried again. */
export function retryAfterMs(
  policy: RetryPolicy | undefined,
  { advice, retries }: { readonly advice: RetryAdvice; readonly retries: number },
  random: () => number,
): number | undefined {
  if (advice.kind === "never") return undefined;
  if (advice.kind === "requested") {
    if (retries >= advice.maxRetries) return undefined;
    if (advice.delaySeconds !== undefined) return Math.max(0, Math.round(advice.delaySeconds * 1000));
    return policy === undefined ? 0 : retryDelayMs(policy, retries + 1, random);
  }
  if (policy === undefined || retries >= policy.maxRetries) return undefined;
  return retryDelayMs(policy, retries + 1, random);
}

function isFailure(thrown: unknown): thrown is Failure {
  return isNamed<Failure>(thrown, "Failure", "allowRetries");
}

function isNamed<E extends Error>(thrown: unknown, name: string, field: keyof E & string): thrown is E {
  return thrown instanceof Error && thrown.name === name && field in thrown;
}
