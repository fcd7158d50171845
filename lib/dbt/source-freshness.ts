import { isPlainObject } from "#platform";
import type { DbtNode } from "./manifest.ts";

/** How old the newest row of a source may be before dbt warns and before it fails. */
export interface SourceFreshness {
  readonly warnSeconds?: number;
  readonly errorSeconds?: number;
  /** The column that says when a row was loaded; without it dbt asks the warehouse's own records. */
  readonly loadedAtField?: string;
}

const secondsOf: { readonly [period: string]: number } = { minute: 60, hour: 3600, day: 86_400 };

/** The freshness that a source declares; `undefined` where it declares none or switched an inherited one off. */
export function sourceFreshness(source: DbtNode): SourceFreshness | undefined {
  const written = source.freshness;
  if (!isPlainObject(written)) return undefined;
  const warnSeconds = lengthOf(written["warn_after"]);
  const errorSeconds = lengthOf(written["error_after"]);
  if (warnSeconds === undefined && errorSeconds === undefined) return undefined;
  const field = source.loaded_at_field;
  return {
    ...(warnSeconds === undefined ? {} : { warnSeconds }),
    ...(errorSeconds === undefined ? {} : { errorSeconds }),
    ...(typeof field === "string" && field !== "" ? { loadedAtField: field } : {}),
  };
}

function lengthOf(written: unknown): number | undefined {
  if (!isPlainObject(written) || typeof written["count"] !== "number") return undefined;
  const seconds = secondsOf[String(written["period"])];
  return seconds === undefined ? undefined : written["count"] * seconds;
}
