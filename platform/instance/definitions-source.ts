import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { ErrorInfo } from "../core/event.ts";
import {
  type CodeHost,
  type CodeHostOptions,
  createCodeHost,
  type LoadedDefinitions,
} from "../host/code-host.ts";
import { InstanceError } from "./instance-error.ts";

/** What happened to the definitions. */
export type DefinitionsChange =
  | {
      readonly type: "loaded";
      readonly loaded: LoadedDefinitions;
      readonly before: DefinitionsSnapshot | undefined;
    }
  | { readonly type: "failed"; readonly failure: ErrorInfo };

/** A project's definitions as they are now. */
export interface DefinitionsSource extends AsyncDisposable {
  current(): DefinitionsSnapshot | undefined;
  /** The current ones, or the first; rejects with InstanceError `no-definitions` when loading them failed. */
  ready(): Promise<DefinitionsSnapshot>;
  /** Why the last load came to nothing; `undefined` when it succeeded. */
  failure(): ErrorInfo | undefined;
  reload(): Promise<void>;
  /** Calls `listener` after each load; the answer ends it. */
  subscribe(listener: (change: DefinitionsChange) => void): () => void;
}

export interface DefinitionsSourceOptions {
  readonly root: string;
  readonly environment?: string;
  /** Whether loading starts at once and again whenever files change; else it starts when it is first waited for. */
  readonly watch: boolean;
  /** Puts what this machine knows over what was loaded, such as missing tools. */
  settle(snapshot: DefinitionsSnapshot): DefinitionsSnapshot;
  onOutput(stream: "stdout" | "stderr", line: string): void;
}

/** Definitions that a code host loads and keeps up to date. */
export function createDefinitionsSource(options: DefinitionsSourceOptions): DefinitionsSource {
  const { settle, ...hostOptions } = options;
  const listeners = new Set<(change: DefinitionsChange) => void>();
  const first = Promise.withResolvers<DefinitionsSnapshot>();
  // Who waits is told by `ready`; without anybody a rejection is no defect.
  first.promise.catch(() => {});
  let current: DefinitionsSnapshot | undefined;
  let failure: ErrorInfo | undefined;
  const tell = (change: DefinitionsChange) => {
    for (const listener of listeners) listener(change);
  };
  const onHost: Pick<CodeHostOptions, "onLoaded" | "onFailure"> = {
    onLoaded(loaded) {
      const before = current;
      current = settle(loaded.snapshot);
      failure = undefined;
      first.resolve(current);
      tell({ type: "loaded", loaded: { ...loaded, snapshot: current }, before });
    },
    onFailure(reason) {
      failure = reason;
      first.reject(
        new InstanceError("no-definitions", `the definitions could not be loaded: ${reason.message}`),
      );
      tell({ type: "failed", failure: reason });
    },
  };
  let host: CodeHost | undefined;
  const started = () => {
    host ??= createCodeHost({ ...hostOptions, ...onHost });
    return host;
  };
  if (options.watch) started();
  return {
    current: () => current,
    async ready() {
      started();
      return current ?? (await first.promise);
    },
    failure: () => failure,
    reload: () => started().reload(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      await host?.[Symbol.asyncDispose]();
    },
  };
}
