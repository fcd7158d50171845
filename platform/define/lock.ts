import type { Json } from "../core/metadata.ts";

/** `lock.yaml` beside a component file: what an outside system said when last asked, kept in the repository. */
export interface ComponentLock {
  readonly schema: "dop.lock/1";
  /** Name of the component that it belongs to, such as `shop` or `shop#2`. */
  readonly component: string;
  /** ISO 8601 instant. */
  readonly refreshed_at: string;
  /** Hash of the attributes that were asked with; another one means that the lock is stale. */
  readonly input_hash: string;
  readonly content: Json;
}
