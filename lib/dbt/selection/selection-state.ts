import type { DbtRunResult, DbtSourceResult } from "../artifacts.ts";
import type { DbtManifest } from "../manifest.ts";

/** What an earlier run left behind, for the methods `state`, `result` and `source_status`. */
export interface SelectionState {
  readonly manifest?: DbtManifest;
  readonly runResults?: readonly DbtRunResult[];
  /** From sources.json beside the earlier manifest. */
  readonly sources?: readonly DbtSourceResult[];
  /** From sources.json of the project as it is now. */
  readonly currentSources?: readonly DbtSourceResult[];
}
