import { get } from "./api.js";
import { badge, element, link, metadataText, moment, table } from "./elements.js";
import { healthChip } from "./health.js";
import { materializeForm } from "./materialize-form.js";
import { stalenessChip } from "./staleness.js";

/** All assets, group by group; a closed group has no rows. */
export async function assetsPage() {
  const [{ assets }, { states }] = await Promise.all([get("/assets"), get("/asset-states")]);
  if (assets.length === 0) return emptyProject();
  const stateOf = new Map(states.map((/** @type {any} */ state) => [state.key, state]));
  const groups = Map.groupBy(assets, (/** @type {any} */ asset) => asset.group);
  const open = groups.size <= 8 && assets.length <= 300;
  return element(
    "div",
    {},
    element("h1", {}, "Assets ", element("span.count", {}, assets.length)),
    materializeForm({ selection: "*", askSelection: true, partitioned: assets.some(isPartitioned) }),
    [...groups]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([group, members]) => groupSection(group, members, { stateOf, open })),
  );
}

/**
 * @param {string} group
 * @param {any[]} members
 * @param {{ stateOf: Map<string, any>, open: boolean }} options
 */
function groupSection(group, members, { stateOf, open }) {
  const failing = members.filter(({ key }) => stateOf.get(key)?.checks.some(isFailing)).length;
  const section = element(
    "details.group",
    { open },
    element(
      "summary",
      {},
      element("h2", {}, group),
      element("span.count", {}, members.length),
      failing === 0 ? null : badge("failed", `${failing} with a failed check`),
    ),
  );
  const fill = () => {
    if (section.childElementCount === 1) section.append(assetTable(members, stateOf));
  };
  section.addEventListener("toggle", fill);
  if (open) fill();
  return section;
}

/**
 * @param {any[]} members
 * @param {Map<string, any>} stateOf
 */
function assetTable(members, stateOf) {
  return table(
    ["Asset", "Status", "Health", "Last materialized", "Rows", "Checks", "Kinds"],
    members.map((asset) => {
      const state = stateOf.get(asset.key);
      return [
        element(
          "div",
          {},
          link("assets", asset.key),
          asset.description === null ? null : element("div.quiet", {}, asset.description),
        ),
        asset.materializable
          ? element("div", {}, badge(asset.status), " ", stalenessChip(state?.staleness))
          : element("span.quiet", {}, "external"),
        healthChip(state),
        lastMoment(state),
        rowCount(state?.materialized?.metadata),
        checkSummary(state?.checks ?? []),
        asset.kinds.join(", "),
      ];
    }),
  );
}

/** @param {any} state */
function lastMoment(state) {
  const { materialized, failed } = state ?? {};
  const isFailed = failed && (!materialized || failed.at_ms > materialized.at_ms);
  return element(
    "span",
    {},
    moment(materialized?.at_ms),
    materialized?.partition ? element("span.quiet", {}, ` ${materialized.partition}`) : null,
    isFailed
      ? element("span", {}, " ", link("runs", failed.run_id, materialized ? "failed since" : "failed"))
      : null,
  );
}

/** @param {Record<string, any> | undefined} metadata */
function rowCount(metadata) {
  const rows = metadata?.["row_count"] ?? metadata?.["dagster/row_count"] ?? metadata?.["rows"];
  return rows === undefined ? "" : metadataText(rows);
}

/** @param {readonly any[]} checks */
function checkSummary(checks) {
  if (checks.length === 0) return "";
  const failing = checks.filter(isFailing);
  const asked = checks.filter(({ latest }) => latest !== null).length;
  if (failing.length > 0) return badge("failed", failing.map(({ name }) => name).join(", "));
  return asked === 0
    ? element("span.quiet", {}, `${checks.length} not run`)
    : badge("passed", `${asked} of ${checks.length} answered`);
}

/** @param {any} check */
function isFailing({ latest }) {
  return latest !== null && !latest.passed;
}

/** @param {any} asset */
function isPartitioned({ partitions }) {
  return partitions !== null;
}

function emptyProject() {
  return element(
    "div",
    {},
    element("h1", {}, "Assets"),
    element(
      "p",
      {},
      "No component defines an asset yet. ",
      element("a", { href: "#/components" }, "Components and their problems"),
    ),
  );
}
