import type { RunEvent } from "../core/event.ts";
import type { SqlRow, Statements } from "./database.ts";
import { encodePartition } from "./partition-key.ts";
import type { StepStarts } from "./step-facts.ts";
import type { EventCursor, StoredEvent } from "./stored-event.ts";

type DataEvent = Extract<RunEvent, { type: "asset.materialized" | "asset.observed" }>;

/** The newest data of one partition, as far as one batch tells. */
interface DataFact {
  readonly event: DataEvent;
  readonly cursor: EventCursor;
  readonly startedCursor: EventCursor;
  readonly changedCursor: EventCursor;
  readonly changedAt: number;
  /** Whether the batch itself holds another version before; otherwise the stored one decides. */
  readonly changedHere: boolean;
}

/** A table of such facts, with its columns for the event, its time and its run. */
interface DataTable {
  readonly name: string;
  readonly event: string;
  readonly at: string;
  readonly run: string;
  /** A further column for the run, and what it becomes of a row that is there. */
  readonly touched?: { readonly column: string; readonly value: string };
}

const materializedTable: DataTable = {
  name: "asset_partition_latest",
  event: "materialized_event_id",
  at: "materialized_at_ms",
  run: "materialized_run_id",
  touched: {
    column: "run_id",
    // A failure of the same batch may be newer; it is written already.
    value: `case
      when excluded.materialized_event_id > coalesce(asset_partition_latest.failed_event_id, 0) then excluded.run_id
      else asset_partition_latest.run_id
    end`,
  },
};
const observedTable: DataTable = {
  name: "asset_observed_latest",
  event: "event_id",
  at: "at_ms",
  run: "run_id",
};

/** Keeps what staleness is judged by: when a partition's data was made, from what on, and since when it is what it is. */
export async function applyDataFacts(
  db: Statements,
  about: readonly StoredEvent[],
  starts: StepStarts,
): Promise<void> {
  const materialized = new Map<string, DataFact>();
  const observed = new Map<string, DataFact>();
  for (const { cursor, event } of about) {
    if (event.type !== "asset.materialized" && event.type !== "asset.observed") continue;
    const facts = event.type === "asset.materialized" ? materialized : observed;
    const key = `${event.asset}\0${encodePartition(event.partition)}`;
    facts.set(key, factOf({ cursor, event }, { before: facts.get(key), starts }));
  }
  await keepFacts(db, materializedTable, [...materialized.values()]);
  await keepFacts(db, observedTable, [...observed.values()]);
}

function factOf(
  { cursor, event }: { cursor: EventCursor; event: DataEvent },
  { before, starts }: { before: DataFact | undefined; starts: StepStarts },
): DataFact {
  const base = { event, cursor, startedCursor: starts.of({ cursor, event }) };
  if (before === undefined)
    return { ...base, changedCursor: cursor, changedAt: event.at, changedHere: false };
  const same = event.dataVersion !== undefined && event.dataVersion === before.event.dataVersion;
  if (!same) return { ...base, changedCursor: cursor, changedAt: event.at, changedHere: true };
  const { changedCursor, changedAt, changedHere } = before;
  return { ...base, changedCursor, changedAt, changedHere };
}

async function keepFacts(db: Statements, table: DataTable, facts: readonly DataFact[]): Promise<void> {
  const { name, touched } = table;
  const columns = [
    "asset",
    "partition",
    table.event,
    table.at,
    table.run,
    "data_version",
    "code_version",
    "started_event_id",
    "changed_event_id",
    "changed_at_ms",
    ...(touched === undefined ? [] : [touched.column]),
  ];
  const rowOf = (fact: DataFact): SqlRow => [
    fact.event.asset,
    encodePartition(fact.event.partition),
    fact.cursor,
    fact.event.at,
    fact.event.runId,
    fact.event.dataVersion ?? null,
    fact.event.codeVersion ?? null,
    fact.startedCursor,
    fact.changedCursor,
    fact.changedAt,
    ...(touched === undefined ? [] : [fact.event.runId]),
  ];
  const asStored = (column: string) =>
    `case when excluded.data_version = ${name}.data_version then ${name}.${column} else excluded.${column} end`;
  for (const changedHere of [false, true]) {
    const values: { [column: string]: string } = {
      ...(changedHere
        ? {}
        : { changed_event_id: asStored("changed_event_id"), changed_at_ms: asStored("changed_at_ms") }),
      ...(touched === undefined ? {} : { [touched.column]: touched.value }),
    };
    await db.insertRows(
      {
        table: name,
        columns,
        onConflict: `(asset, partition) do update set ${columns
          .slice(2)
          .map((column) => `${column} = ${values[column] ?? `excluded.${column}`}`)
          .join(", ")}`,
      },
      facts.filter((fact) => fact.changedHere === changedHere).map(rowOf),
    );
  }
}
