import type { Target } from "../core/job.ts";
import type { AssetReference } from "./asset-reference.ts";
import { type JobDefinition, selectionText } from "./job.ts";

/** What is asked for: text of a selection or the assets themselves, or a job. Exactly one of both. */
export interface AutomationTarget {
  readonly target?: string | readonly (AssetReference | string)[];
  readonly job?: string | JobDefinition;
}

/** Throws TypeError where there is none, or two. */
export function targetOf(whose: string, { target, job }: AutomationTarget): Target {
  if (target !== undefined && job === undefined) return { selection: selectionText(target) };
  if (job !== undefined && target === undefined)
    return { job: typeof job === "string" ? job : job.spec.name };
  throw new TypeError(`${whose} takes exactly one of \`target\` and \`job\``);
}
