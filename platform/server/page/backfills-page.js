import { ApiError, get, post } from "./api.js";
import { badge, element, link, moment, table } from "./elements.js";

/** Backfills, newest first, with what may be done with each. */
export async function backfillsPage() {
  const { backfills } = await get("/backfills?limit=50");
  return element(
    "div",
    {},
    element("h1", {}, "Backfills"),
    backfills.length === 0
      ? element("p.quiet", {}, "None yet; ", element("code", {}, "dop backfill create"), " asks for one")
      : table(
          ["Backfill", "Status", "What", "Partitions", "Runs", "Asked for", ""],
          backfills.map(backfillRow),
        ),
  );
}

/** @param {any} backfill */
function backfillRow(backfill) {
  const { id, status, selection, partition, partitions, runs } = backfill;
  return [
    link("backfills", id, id.slice(-8)),
    badge(status),
    element("span", {}, element("code", {}, selection), ` · ${partition}`),
    progress(partitions),
    `${runs.launched} of ${runs.planned}`,
    moment(backfill.created_at_ms),
    verbs(backfill),
  ];
}

/**
 * One backfill with its assets.
 * @param {string} id
 */
export async function backfillPage(id) {
  const { backfill } = await get(`/backfills/${encodeURIComponent(id)}`);
  const { status, selection, partition, partitions, assets, reasons, run_ids: runs } = backfill;
  return element(
    "div",
    {},
    element("h1", {}, `Backfill ${id.slice(-8)}`),
    element("p", {}, badge(status), " ", element("code", {}, selection), ` · ${partition} `, verbs(backfill)),
    element("p", {}, progress(partitions)),
    table(
      ["Asset", "Partitions", "Done", "Running", "Waiting", "Failed", "Blocked"],
      assets.map((/** @type {any} */ one) => [
        link("assets", one.key, one.key),
        one.targets ?? "the asset, once",
        one.done,
        one.running,
        one.waiting,
        element("div", {}, one.failed, element("div.quiet", {}, one.failed_partitions ?? "")),
        element("div", {}, one.blocked, element("div.quiet", {}, one.blocked_partitions ?? "")),
      ]),
    ),
    runs.length === 0
      ? null
      : element(
          "p",
          {},
          "Runs: ",
          ...runs
            .slice(0, 20)
            .map((/** @type {string} */ run) => element("a", { href: `#/runs/${run}` }, `${run.slice(-8)} `)),
        ),
    ...reasons.map((/** @type {string} */ reason) => element("p.quiet", {}, reason)),
  );
}

/** @param {any} counts */
function progress({ total, done, running, failed, blocked }) {
  const parts = [`${done} of ${total} done`];
  if (running > 0) parts.push(`${running} running`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (blocked > 0) parts.push(`${blocked} blocked`);
  return parts.join(", ");
}

/** @type {Record<string, readonly string[]>} */
const possible = {
  running: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  failure: ["retry"],
  canceled: ["retry"],
};

/**
 * Buttons for what may be done now.
 * @param {any} backfill
 */
function verbs({ id, status }) {
  const refusal = element("span.refusal", { role: "alert" });
  const buttons = (possible[status] ?? []).map((verb) => {
    const label = `${verb.slice(0, 1).toUpperCase()}${verb.slice(1)}`;
    const onclick = async () => {
      try {
        await post(`/backfills/${encodeURIComponent(id)}/${verb}`);
        dispatchEvent(new HashChangeEvent("hashchange"));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        refusal.textContent = ` ${error.message}`;
      }
    };
    return element("button", { type: "button", onclick, "aria-label": `${label} backfill ${id}` }, label);
  });
  return element("span", {}, ...buttons, refusal);
}
