import type { ComponentStatus } from "./definitions-snapshot.ts";
import type { Json } from "./metadata.ts";

/**
 * One asset as `dop list assets --json` and `GET /api/v1/assets` show it (DESIGN §7, *Stable shapes*).
 * Keys may be added, none removed.
 */
export interface AssetView {
  readonly key: string;
  readonly deps: readonly string[];
  readonly group: string;
  readonly kinds: readonly string[];
  readonly owners: readonly string[];
  readonly tags: { readonly [key: string]: string };
  readonly description: string | null;
  readonly metadata: { readonly [name: string]: Json };
  /** On one line, or null. */
  readonly automation_condition: string | null;
  readonly freshness_policy: Json;
  readonly partitions: Json;
  readonly materializable: boolean;
  readonly component: { readonly file: string; readonly document: number; readonly type: string } | null;
  readonly code_references: readonly { readonly file: string; readonly line: number; readonly url?: string }[];
  readonly status: ComponentStatus;
}
