import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type {
  AssetDetailView,
  AssetStateView,
  AssetView,
  CheckReport,
  ComponentView,
  RunView,
} from "../core/views.ts";
import type { AutomationDesk } from "./automation-desk.ts";
import type { DefinitionsSource } from "./definitions-source.ts";
import type { Records } from "./records.ts";
import type { MaterializeRequest, Runs } from "./runs.ts";
import type { ServerLog } from "./server-log.ts";
import type { Webhooks } from "./webhooks.ts";

/** One project, loaded and connected. */
export interface Instance extends AsyncDisposable {
  /** Where it goes by another name than that of its folder. */
  readonly name?: string;
  /** Absolute. */
  readonly root: string;
  readonly definitions: DefinitionsSource;
  readonly runs: Runs;
  readonly catalog: Catalog;
  readonly records: Records;
  readonly automation: AutomationDesk;
  readonly webhooks: Webhooks;
  readonly log: ServerLog;
  /** Shown by commands of the same user to the API of this process. */
  readonly token: string;
  /** Tells other processes where the API listens. */
  publishPort(port: number): void;
  /** Calls `listener` after each commit that changed a run; the answer ends it. */
  onRunChange(listener: (change: RunChange) => void): () => void;
}

/** Runs whose record changed, and how many events were added to each. */
export interface RunChange {
  readonly runs: readonly string[];
}

/** Definitions together with what is remembered of them, as the API and the commands show them. */
export interface Catalog {
  snapshot(): Promise<DefinitionsSnapshot>;
  report(): Promise<CheckReport>;
  components(): Promise<ComponentView[]>;
  assets(): Promise<AssetView[]>;
  /** Of all assets, or of those given; an asset that nothing is known of is listed with nulls. */
  assetStates(keys?: readonly string[]): Promise<AssetStateView[]>;
  asset(key: string): Promise<AssetDetailView | undefined>;
}

/** Starts a run and waits for its end. */
export async function materialize(
  runs: Runs,
  request: MaterializeRequest,
  options: Parameters<Runs["wait"]>[1] = {},
): Promise<RunView> {
  const { id } = await runs.start(request);
  return await runs.wait(id, options);
}
