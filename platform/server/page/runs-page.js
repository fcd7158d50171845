import { get, post } from "./api.js";
import { badge, duration, element, link, moment, table } from "./elements.js";
import { fileTable } from "./files.js";
import { startButton } from "./start-button.js";
import { stepLogs } from "./step-logs.js";

/** @param {string | undefined} before */
export async function runsPage(before = undefined) {
  const { runs, next } = await get(`/runs?limit=50${before === undefined ? "" : `&before=${before}`}`);
  return element(
    "div",
    {},
    element("h1", {}, "Runs"),
    runs.length === 0
      ? element("p.quiet", {}, "No runs yet")
      : table(["Run", "Status", "What", "Started", "Took"], runs.map(runRow)),
    next === null ? null : element("p", {}, element("a", { href: `#/runs?before=${next}` }, "Older runs")),
  );
}

/** @param {any} run */
function runRow(run) {
  return [
    link("runs", run.id, run.id.slice(-8)),
    element(
      "div",
      {},
      badge(run.status),
      run.failure === null ? null : element("div.quiet", {}, run.failure),
    ),
    whatOf(run),
    moment(run.started_at_ms ?? run.created_at_ms),
    duration(run.started_at_ms, run.ended_at_ms),
  ];
}

/** @param {any} run */
function whatOf({ assets, job, partitions }) {
  const shown = assets.slice(0, 4).join(", ");
  const text = assets.length > 4 ? `${shown} and ${assets.length - 4} more` : shown;
  return `${job === null ? "" : `${job}: `}${text}${partitionText(partitions)}`;
}

/** @param {any} set */
function partitionText(set) {
  if (set === null) return "";
  if (set.kind === "all") return " · all partitions";
  if (set.kind === "keys")
    return ` · ${set.keys.length > 3 ? `${set.keys.length} partitions` : set.keys.join(", ")}`;
  if (set.kind === "ranges")
    return ` · ${set.ranges.map((/** @type {string[]} */ range) => range.join("..")).join(", ")}`;
  return " · several dimensions";
}

/**
 * One run with its steps, their output and its events. Gives also what brings it up to date, so that what is open
 * stays open.
 * @param {string} id
 */
export async function runPage(id) {
  const head = element("div");
  const steps = element("div");
  const logs = stepLogs(id);
  const files = element("div");
  const events = element("ol.events");
  const more = element("p.quiet");
  let cursor = 0;
  let shown = 0;
  const update = async () => {
    const detail = await get(`/runs/${encodeURIComponent(id)}`);
    head.replaceChildren(headOf(detail));
    steps.replaceChildren(stepTable(detail.steps, logs.open));
    if (detail.attachments.length > 0)
      files.replaceChildren(element("h2", {}, "Files"), fileTable(detail.attachments));
    for (let isMore = true; isMore; ) {
      const page = await get(`/runs/${encodeURIComponent(id)}/events?after=${cursor}`);
      for (const event of page.events) {
        shown += 1;
        if (shown <= 2000) events.append(eventLine(event, detail.run.created_at_ms));
      }
      cursor = page.cursor;
      isMore = page.more;
    }
    if (shown > 2000)
      more.textContent = `${shown - 2000} more events are not shown here; \`dop run logs ${id}\` prints them.`;
    await logs.update(detail.steps);
  };
  await update();
  const node = element(
    "div",
    {},
    head,
    element("h2", {}, "Steps"),
    steps,
    logs.node,
    files,
    element("h2", {}, "Events"),
    events,
    more,
  );
  return { node, update };
}

/** @param {any} detail */
function headOf({ run, notes, retries }) {
  const path = `/runs/${encodeURIComponent(run.id)}`;
  const isEnded = ["success", "failure", "canceled"].includes(run.status);
  const canCancel = ["queued", "starting", "started"].includes(run.status);
  return element(
    "div",
    {},
    element("h1", {}, `Run ${run.id.slice(-8)} `, badge(run.status)),
    element("p", {}, whatOf(run)),
    element(
      "p.quiet",
      {},
      run.id,
      run.commit === null ? "" : ` · commit ${run.commit.slice(0, 8)}`,
      ` · ${duration(run.started_at_ms, run.ended_at_ms)}`,
      run.epoch > 1 ? ` · attempt ${run.epoch}` : "",
      run.priority === 0 ? "" : ` · priority ${run.priority}`,
    ),
    run.parent_run_id === null
      ? null
      : element("p", {}, "Does again the work of ", runLink(run.parent_run_id)),
    retries.length === 0 ? null : element("p", {}, "Done again by ", retries.map(runLink)),
    isEnded || notes.length === 0 ? null : element("p.quiet", {}, notes.at(-1).message),
    run.failure === null
      ? null
      : element(
          "pre.failure",
          {},
          run.failure,
          run.failure_reason === null ? "" : ` (${run.failure_reason.replaceAll("_", " ")})`,
        ),
    isEnded && run.status !== "success"
      ? startButton("Retry from failure", () => post(`${path}/retry`, { strategy: "from_failure" }))
      : null,
    isEnded ? startButton("Run all again", () => post(`${path}/retry`, { strategy: "all" })) : null,
    canCancel ? element("button", { type: "button", onclick: () => post(`${path}/cancel`) }, "Cancel") : null,
  );
}

/** @param {string} id */
function runLink(id) {
  return element("span", {}, link("runs", id, id.slice(-8)), " ");
}

/**
 * @param {readonly any[]} steps
 * @param {(step: string) => void} openLog
 */
function stepTable(steps, openLog) {
  return table(
    ["Step", "Status", "Took", "Output"],
    steps.map((step) => [
      element("div", {}, step.key, step.failure === null ? null : element("div.quiet", {}, step.failure)),
      badge(step.status),
      duration(step.started_at_ms, step.ended_at_ms),
      step.started_at_ms === null
        ? ""
        : element(
            "button.plain",
            { type: "button", onclick: () => openLog(step.key), "aria-label": `Output of ${step.key}` },
            "show",
          ),
    ]),
  );
}

/**
 * @param {any} event
 * @param {number} startMs
 */
function eventLine(
  { type, at_ms: atMs, step, asset, check, level, message, passed, error, reason },
  startMs,
) {
  const about = [
    asset,
    check,
    message,
    reason,
    error?.message,
    passed === undefined ? undefined : passed ? "passed" : "did not pass",
  ];
  return element(
    "li",
    { "data-level": level ?? (type.endsWith(".failed") ? "error" : undefined) },
    element("span.time", {}, `+${((atMs - startMs) / 1000).toFixed(3)} s`),
    element("span.type", {}, type),
    element("span.step", {}, step ?? ""),
    element("span", {}, about.filter((part) => part !== undefined).join(" · ")),
  );
}
