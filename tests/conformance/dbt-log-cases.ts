import type { DbtRunResults } from "../../lib/dbt/artifacts.ts";
import { nodeKey } from "../../lib/dbt/dbt-assets.ts";
import { observedNodes, testedNode } from "../../lib/dbt/dbt-checks.ts";
import { checkVerdict, type DbtLogEvent, parseDbtLog } from "../../lib/dbt/dbt-log.ts";
import { DbtLogSummary, type DbtVerdict } from "../../lib/dbt/log-summary.ts";
import type { DbtManifest, DbtNode } from "../../lib/dbt/manifest.ts";
import { assetKeyParts } from "../../platform/core/asset-key.ts";
import { type Answer, type DbtCase, type Fields, onlyKnown } from "./dbt-case.ts";
import type { DbtFiles } from "./dbt-files.ts";

export function logAnswer({ manifest: name, input }: DbtCase, files: DbtFiles): Answer {
  onlyKnown(input, ["event", "engine", "log", "stderr", "argv", "question", "run_results"]);
  const manifest = files.manifest(name);
  if (input["event"] !== undefined) return eventAnswer(input, manifest);
  const results = resultsOf(input, files);
  return input["log"] === undefined ? resultsAnswer(results) : wholeLogAnswer(input, files, results);
}

/** The exit codes of dbt that the verdicts stand for; a log that breaks off was ended by SIGTERM in the cases. */
const exitCodes: { readonly [verdict in DbtVerdict]: number } = {
  succeeded: 0,
  failed: 1,
  refused: 2,
  cut_off: -15,
};

function eventAnswer({ event: written, engine }: Fields, manifest: DbtManifest): Answer {
  if (engine !== undefined && engine !== "v2") throw new Error(`unknown engine ${String(engine)}`);
  const event = parseDbtLog(JSON.stringify(written));
  if (event === undefined || !("uniqueId" in event)) throw new Error("the event is about no node");
  const node = manifest.nodes.get(event.uniqueId);
  // Nodes of models that came out badly need not be in the manifest of the case.
  if (node === undefined && yieldOf(event, engine === "v2") !== null)
    throw new Error(`no node ${event.uniqueId}`);
  const verdict = event.type === "tested" ? checkVerdict(event.status) : undefined;
  const tested = node === undefined ? undefined : testedNode(node, manifest);
  const fields: { readonly [field: string]: () => unknown } = {
    yields: () =>
      tested === undefined && event.type === "tested" ? "observation" : yieldOf(event, engine === "v2"),
    yields_in_dagster: () => yieldOf(event, engine === "v2"),
    asset_key: () =>
      assetKeyParts(nodeKey(event.type === "tested" ? (tested?.node as DbtNode) : (node as DbtNode))),
    source_key: () => assetKeyParts(nodeKey(node as DbtNode)),
    on_assets: () => observedNodes(node as DbtNode, manifest).map(nodeKey),
    unique_id: () => event.uniqueId,
    check_name: () => node?.name,
    node_status: () => statusOf(event),
    status: () => statusOf(event),
    unit_test_status: () => statusOf(event),
    passed: () => verdict?.passed,
    severity: () => verdict?.severity.toUpperCase(),
    failed_row_count: () => (event.type === "tested" ? event.failures : undefined),
    rows_from_message: () => (event.type === "built" ? event.answer : undefined),
    batches: () => (event.type === "built" ? event.batches : undefined),
    duration_s: () => (event.type === "finished" || event.type === "built" ? event.seconds : undefined),
    exit_code: () => exitCodes[summaryOf([event, { type: "completed", success: true }]).verdict],
  };
  return fieldOf(fields);
}

/** What a result makes of its asset; dbt 2 has results in `NodeFinished`, which is no end in dbt 1. */
function yieldOf(event: DbtLogEvent, isNewEngine: boolean): string | null {
  switch (event.type) {
    case "built":
      return event.status === "success" ? "materialization" : null;
    case "finished":
      return isNewEngine && event.status === "success" ? "materialization" : null;
    case "tested":
      return event.isUnitTest || event.status === "skipped" ? null : "check";
    default:
      return null;
  }
}

function statusOf(event: DbtLogEvent): string | undefined {
  return "status" in event ? event.status : undefined;
}

function wholeLogAnswer(input: Fields, files: DbtFiles, results: DbtRunResults | undefined): Answer {
  const lines = files.lines(String(input["log"]));
  const errors = input["stderr"] === undefined ? [] : files.lines(String(input["stderr"]));
  const events = [...lines, ...errors].flatMap((line) => parseDbtLog(line) ?? []);
  const summary = summaryOf(events);
  // Questions about one node name it.
  const asked = /\b[a-z_]+\.\w+\.\w[\w.]*/.exec(String(input["question"] ?? ""))?.[0] ?? "";
  const inResults = new Set(results?.results.map(({ uniqueId }) => uniqueId));
  const finished = [...summary.finished.keys()];
  const statuses = summary.finished.get(asked) ?? [];
  const fields: { readonly [field: string]: () => unknown } = {
    exit_code: () => exitCodes[summary.verdict],
    exit_code_or_signal: () => exitCodes[summary.verdict],
    json_lines: () => events.filter((event) => event.type !== "message" || event.name !== undefined).length,
    events: () => summary.messages.filter((name) => /NoNodes|NothingToDo/.test(name)),
    error_event: () => summary.messages.find((name) => /Error$/.test(name)),
    materialized: () => summary.builtAs("success").sort(),
    not_materialized_by_status: () => {
      const failed = {
        error: summary.builtAs("error"),
        "partial success": summary.builtAs("partial success"),
      };
      return Object.fromEntries(Object.entries(failed).filter(([, ids]) => ids.length > 0));
    },
    skipped: () => summary.builtAs("skipped").sort(),
    checks: () => testsOf(summary, { areUnitTests: false }),
    unit_tests: () => testsOf(summary, { areUnitTests: true }),
    unique_ids: () => summary.listed.toSorted(),
    count: () => summary.listed.length,
    statuses: () => statuses,
    final: () => statuses.at(-1),
    cancelled_nodes: () => summary.cancelled.toSorted(),
    keyboard_interrupt: () => summary.isInterrupted,
    run_results_written: () => results !== undefined,
    run_results_count: () => results?.results.length,
    node_status_of_running: () => single(summary.cancelled.map((id) => summary.built.get(id))),
    node_start_minus_finished: () => [...summary.started].filter((id) => !summary.finished.has(id)).sort(),
    finished_not_in_run_results: () => finished.filter((id) => !inResults.has(id)).sort(),
    run_results_not_finished: () => [...inResults].filter((id) => !summary.finished.has(id)).sort(),
    finished_without_log_result: () => {
      const isResult = (id: string): boolean => summary.built.has(id) || summary.tests.has(id);
      // Exposures and operations have results of other kinds.
      return finished
        .filter((id) => /^(model|seed|snapshot|test|unit_test)\./.test(id) && !isResult(id))
        .sort();
    },
  };
  return fieldOf(fields);
}

function testsOf(summary: DbtLogSummary, { areUnitTests }: { areUnitTests: boolean }): object {
  const tests = [...summary.tests.values()].filter((test) => test.isUnitTest === areUnitTests);
  const run = tests.filter(({ status }) => status !== "skipped");
  return Object.fromEntries(
    run.map(({ uniqueId, status, failures }) => {
      const { passed, severity } = checkVerdict(status);
      return [uniqueId, { status, passed, severity: severity.toUpperCase(), num_failures: failures }];
    }),
  );
}

function resultsAnswer(results: DbtRunResults | undefined): Answer {
  const all = results?.results ?? [];
  return (field) => {
    switch (field) {
      case "schema":
        return `v${results?.version}`;
      case "statuses":
        return Object.fromEntries(all.map(({ uniqueId, status }) => [uniqueId, status]));
      case "failures":
        return Object.fromEntries(
          all.flatMap(({ uniqueId, failures = 0 }) => (failures > 0 ? [[uniqueId, failures]] : [])),
        );
      case "batch_results":
        return Object.fromEntries(
          all.flatMap(({ uniqueId, batches }) => (batches ? [[uniqueId, batches]] : [])),
        );
      default:
        // Rows by node.
        if (!/^\w+\.\w+\./.test(field)) throw new Error(`unknown expectation ${field}`);
        return all.find(({ uniqueId }) => uniqueId === field)?.rowsAffected;
    }
  };
}

function resultsOf({ run_results: named, log }: Fields, files: DbtFiles): DbtRunResults | undefined {
  const path = String(named ?? String(log).replace(/\.jsonl$/, ".run_results.json"));
  return files.has(path) ? files.runResults(path) : undefined;
}

function summaryOf(events: readonly DbtLogEvent[]): DbtLogSummary {
  const summary = new DbtLogSummary();
  for (const event of events) summary.read(event);
  return summary;
}

function single(values: readonly unknown[]): unknown {
  return new Set(values).size === 1 ? values[0] : values;
}

function fieldOf(fields: { readonly [field: string]: () => unknown }): Answer {
  return (field) => {
    const answer = fields[field];
    if (answer === undefined) throw new Error(`unknown expectation ${field}`);
    return answer();
  };
}
