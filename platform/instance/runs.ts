import type { Json } from "../core/metadata.ts";
import type { RetryStrategy, RunConfig, RunRetryPolicy, RunStatus } from "../core/run.ts";
import type { EventPageView, LogSlice, RunDetailView, RunView } from "../core/views.ts";

/** What is to be materialized, as a person asks for it. */
export interface MaterializeRequest {
  /** Text of a selection, such as `group:raw` or `orders+`; or the name of a job. */
  readonly target: { readonly selection: string } | { readonly job: string };
  /** Text of a partition set (DESIGN §5); required where the selection is partitioned. */
  readonly partition?: string;
  readonly tags?: { readonly [key: string]: string };
  /** Over the job's. Checked against the schemas of the steps and resources before a run is recorded. */
  readonly config?: RunConfig;
  /**
   * Single values by path, over `config`: `steps.NAME.field`, `resources.KEY.field`, or a field alone, which goes to
   * every chosen step whose schema has it. Texts are read as JSON where the schema wants no text.
   */
  readonly settings?: { readonly [path: string]: Json };
  /** Only what is stale, and what that makes stale; `partition` is not given then. */
  readonly stale?: boolean;
  readonly priority?: number;
  readonly maxRuntimeSeconds?: number;
  readonly retryPolicy?: RunRetryPolicy;
  /** Whether assets whose component cannot run are left out; otherwise one of them refuses the whole request. */
  readonly skipUnready?: boolean;
}

/** What of an ended run is to be done again. */
export type RetryRequest =
  | { readonly strategy: RetryStrategy }
  /** Keys of steps of its plan, as `dop run show` prints them. */
  | { readonly steps: readonly string[] }
  /** Text of a selection among the assets that it was to make. */
  | { readonly selection: string };

export interface RunListFilter {
  readonly status?: readonly RunStatus[];
  /** Runs that carry each of these. */
  readonly tags?: { readonly [key: string]: string };
  readonly asset?: string;
  /** At most 500; 50 unless given. */
  readonly limit?: number;
  /** Id of a run; only older ones are listed. */
  readonly before?: string;
  /** When that one was created, where it is a run of another project. */
  readonly beforeMs?: number;
}

export interface RunEventsFilter {
  /** Place in the log to go on after. */
  readonly after?: number;
  /** At most 1,000; 500 unless given. */
  readonly limit?: number;
  readonly step?: string;
}

/** A kept file of a step. */
export interface Attachment {
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Its bytes, once. */
  open(): ReadableStream<Uint8Array>;
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
  /**
   * Starts a run that does an ended one's work again, or parts of it; what the other parts made is read from the ended
   * run. Throws like `start`, and InstanceError `refused-transition` while the run goes on.
   */
  retry(id: string, request: RetryRequest): Promise<RunView>;
  /** Newest first. */
  list(filter?: RunListFilter): Promise<RunView[]>;
  find(id: string): Promise<RunDetailView | undefined>;
  /** Oldest first; throws InstanceError `unknown-run`. */
  events(id: string, filter?: RunEventsFilter): Promise<EventPageView>;
  /** What a step wrote, from a byte on; `undefined` where nothing was captured. */
  /** A file that a step attached, by its id. */
  readAttachment(file: string): Promise<Attachment | undefined>;
  readLog(
    id: string,
    place: { readonly step: string; readonly stream: LogStream; readonly offset?: number },
  ): Promise<LogSlice | undefined>;
}
