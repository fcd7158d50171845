import type { RunStatus } from "../core/run.ts";
import type { EventPageView, LogSlice, RunDetailView, RunView } from "../core/views.ts";

/** What is to be materialized, as a person asks for it. */
export interface MaterializeRequest {
  /** Text of a selection, such as `group:raw` or `orders+`; or the name of a job. */
  readonly target: { readonly selection: string } | { readonly job: string };
  /** Text of a partition set (DESIGN §5); required where the selection is partitioned. */
  readonly partition?: string;
  readonly tags?: { readonly [key: string]: string };
  /** Whether assets whose component cannot run are left out; otherwise one of them refuses the whole request. */
  readonly skipUnready?: boolean;
}

export interface RunListFilter {
  readonly status?: readonly RunStatus[];
  readonly asset?: string;
  /** At most 500; 50 unless given. */
  readonly limit?: number;
  /** Id of a run; only older ones are listed. */
  readonly before?: string;
}

export interface RunEventsFilter {
  /** Place in the log to go on after. */
  readonly after?: number;
  /** At most 1,000; 500 unless given. */
  readonly limit?: number;
  readonly step?: string;
}

export type LogStream = "stdout" | "stderr";

/** The runs of one project: in its own records, or through the API of the process that owns them. */
export interface Runs {
  /**
   * Plans a run and starts it; resolves when it is recorded.
   *
   * Throws DefinitionsError when a definition that it needs cannot be used, and InstanceError for a request that
   * makes no sense.
   */
  start(request: MaterializeRequest): Promise<RunView>;
  /** Resolves with the ended run; events are handed on as they come. An abort stops waiting, not the run. */
  wait(
    id: string,
    options?: { onEvents?: (page: EventPageView) => void; signal?: AbortSignal },
  ): Promise<RunView>;
  /** Resolves when the wish is recorded; throws InstanceError for an unknown or ended run. */
  cancel(id: string): Promise<RunView>;
  /** Newest first. */
  list(filter?: RunListFilter): Promise<RunView[]>;
  find(id: string): Promise<RunDetailView | undefined>;
  /** Oldest first; throws InstanceError `unknown-run`. */
  events(id: string, filter?: RunEventsFilter): Promise<EventPageView>;
  /** What a step wrote, from a byte on; `undefined` where nothing was captured. */
  readLog(
    id: string,
    place: { readonly step: string; readonly stream: LogStream; readonly offset?: number },
  ): Promise<LogSlice | undefined>;
}
