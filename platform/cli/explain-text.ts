import { timeText } from "../automation/explain-cause.ts";
import type { ExplainChange, ExplainNext, ExplainRequest, Explanation } from "../core/explanation.ts";

/** More lines than these help nobody. */
const mostCauses = 10;

/** An explanation in a few lines: the answer, why, what would change it, when next, and where it is written. */
export function explainText(explanation: Explanation): string {
  const { entity, partition, at_ms: at, answer, causes, condition, missing_evidence: missing } = explanation;
  const who = partition === null ? entity : `${entity} ${partition}`;
  return [
    `${who}: ${answer.replace("_", " ")} at ${timeText(at)}`,
    ...causes.slice(0, mostCauses).map(({ text, code }) => `  because ${text} (${code})`),
    ...(causes.length > mostCauses
      ? [`  and ${causes.length - mostCauses} more causes; --json has all`]
      : []),
    ...missing.map((what) => `  not known: ${what}`),
    ...flipLines(explanation),
    `  next: ${nextText(explanation.next)}`,
    ...(condition === null ? [] : [`  condition: ${condition.text}${placeText(condition.place)}`]),
    ...(explanation.last_request === null ? [] : requestLines(explanation.last_request)),
  ].join("\n");
}

function flipLines({ flip, answer, condition, missing_evidence: missing }: Explanation): string[] {
  if (condition?.tree == null) return [];
  if (flip === null)
    return answer === "requested" ? [] : ["  no operand that became another one would change this now"];
  if (flip.changes.length === 0)
    return ["  no change is known that would give the other answer: each tried brings others with it"];
  const other = answer === "requested" ? "it would not be requested" : "it would be requested";
  const extent = flip.minimal ? "" : " (found by a short search; less may do)";
  const left = flip.changes.length > mostCauses ? [`    and ${flip.changes.length - mostCauses} more`] : [];
  const known = missing.length === 0 ? other : "the answer would be the other one";
  return [
    `  ${known} if${extent}`,
    ...flip.changes.slice(0, mostCauses).map((change) => `    ${changeText(change)}`),
    ...left,
  ];
}

function changeText({ operand, entity, partitions, holds }: ExplainChange): string {
  return `${operand} ${holds ? "held" : "did not hold"} for ${entity}${partitions === null ? "" : ` (${partitions})`}`;
}

function nextText(next: ExplainNext): string {
  switch (next.kind) {
    case "never":
      return "never, as it is defined now";
    case "at": {
      const by = next.by === null ? "" : ` by the schedule ${next.by}`;
      return `at ${timeText(next.at_ms)}${by}${next.partitions === null ? "" : ` for ${next.partitions}`}`;
    }
    case "event": {
      const until = next.until_ms === null ? "" : `, at least until ${timeText(next.until_ms)}`;
      const upstream =
        next.upstream === null
          ? ""
          : `; ${next.upstream.entity} is requested by itself at ${timeText(next.upstream.at_ms)}`;
      return `not without an event${until}${upstream}`;
    }
  }
}

function requestLines({ by, at_ms: at, run_id: run, run_status: status, causes }: ExplainRequest): string[] {
  const made = run === null ? "" : `, run ${run}${status === null ? "" : ` (${status})`}`;
  return [
    `  last request: ${timeText(at)} by ${by}${made}`,
    ...causes.map(({ text, code }) => `    because ${text} (${code})`),
  ];
}

function placeText(place: NonNullable<Explanation["condition"]>["place"]): string {
  return place === null ? "" : `, ${place.file}:${place.line}`;
}
