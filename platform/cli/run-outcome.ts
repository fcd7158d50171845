import type { EventView } from "../core/views.ts";
import type { Runs } from "../instance/runs.ts";
import { rowCountOf } from "./run-text.ts";
import { tableText } from "./table-text.ts";

interface Outcome {
  state: string;
  partitions: number;
  rows: number | undefined;
  checksPassed: number;
  readonly checksFailed: string[];
}

/** What a run brought about, an asset a row: slices, rows and checks. Empty where it touched no asset. */
export async function runOutcome(runs: Runs, id: string): Promise<string> {
  const outcomes = new Map<string, Outcome>();
  let after = 0;
  for (;;) {
    const page = await runs.events(id, { after, limit: 1000 });
    for (const event of page.events) record(outcomes, event);
    if (!page.more) break;
    after = page.cursor;
  }
  if (outcomes.size === 0) return "";
  const rows = [...outcomes].map(([asset, outcome]) => [
    asset,
    outcome.state,
    outcome.partitions === 0 ? "" : String(outcome.partitions),
    outcome.rows === undefined ? "" : String(outcome.rows),
    checksText(outcome),
  ]);
  return tableText(["asset", "state", "partitions", "rows", "checks"], rows);
}

function record(outcomes: Map<string, Outcome>, event: EventView): void {
  switch (event.type) {
    case "asset.materialized":
    case "asset.observed": {
      const outcome = outcomeOf(outcomes, String(event["asset"]));
      const rows = rowCountOf(event["metadata"]);
      if (outcome.state === "") outcome.state = event.type.slice("asset.".length);
      if (event["partition"] != null) outcome.partitions += 1;
      if (rows !== undefined) outcome.rows = (outcome.rows ?? 0) + rows;
      return;
    }
    case "asset.failed":
      outcomeOf(outcomes, String(event["asset"])).state = "failed";
      return;
    case "check.evaluated": {
      const check = String(event["check"]);
      const at = check.lastIndexOf(":");
      const outcome = outcomeOf(outcomes, check.slice(0, at));
      if (event["passed"] === true) outcome.checksPassed += 1;
      else outcome.checksFailed.push(`${check.slice(at + 1)} (${String(event["severity"])})`);
      return;
    }
  }
}

function outcomeOf(outcomes: Map<string, Outcome>, asset: string): Outcome {
  let outcome = outcomes.get(asset);
  if (outcome === undefined) {
    outcome = { state: "", partitions: 0, rows: undefined, checksPassed: 0, checksFailed: [] };
    outcomes.set(asset, outcome);
  }
  return outcome;
}

function checksText({ checksPassed, checksFailed }: Outcome): string {
  const passed = checksPassed === 0 ? [] : [`${checksPassed} passed`];
  const failed =
    checksFailed.length === 0 ? [] : [`${checksFailed.length} failed: ${checksFailed.join(", ")}`];
  return [...passed, ...failed].join(", ");
}
