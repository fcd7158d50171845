import type { TableColumn } from "../core/metadata.ts";
import type { Row } from "./step.ts";

/** Rows that know their columns, by DuckDB's names of types. */
export interface QueryResult extends ReadonlyArray<Row> {
  readonly columns: readonly TableColumn[];
}

/** Runs statements on one connection. */
export interface SqlSession {
  /** Rows of the last statement; values are bound by name, as `$name`. Rejects with StepError. */
  query(sql: string, values?: { readonly [name: string]: unknown }): Promise<QueryResult>;
}

/** The DuckDB of a run. */
export interface SqlEngine extends SqlSession {
  /** Gives a connection to `work` and closes it afterwards. */
  session<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** A session in an empty database of its own in which each name stands for the query beside it. */
  workspace<T>(
    views: { readonly [name: string]: string },
    work: (session: SqlSession) => Promise<T>,
  ): Promise<T>;
  /** The rows of a query in pieces of some thousand, read as they are asked for. */
  batches(sql: string): AsyncGenerator<QueryResult>;
  /** Makes a database file part of it under `alias`; throws StepError when another process has it open. */
  attach(file: string, alias: string): Promise<void>;
  /** Lets go of a database file; does nothing where it is not attached. */
  detach(alias: string): Promise<void>;
}
