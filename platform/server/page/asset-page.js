import { get, post } from "./api.js";
import { badge, element, link, metadataList, moment, table } from "./elements.js";
import { fileTable } from "./files.js";
import { healthDetails, policyText } from "./health.js";
import { materializeForm } from "./materialize-form.js";
import { stalenessDetails } from "./staleness.js";
import { startButton } from "./start-button.js";

/**
 * One asset: what is declared and what is remembered.
 * @param {string} key
 */
export async function assetPage(key) {
  const { asset, state, partitions, history, attachments } = await get(
    `/assets/${key.split("/").map(encodeURIComponent).join("/")}`,
  );
  return element(
    "div",
    {},
    element("h1", {}, asset.key, " ", badge(asset.status)),
    asset.description === null ? null : element("p", {}, asset.description),
    asset.materializable
      ? materializeForm({ selection: selectionOf(asset.key), partitioned: isPartitioned(asset) })
      : null,
    element("h2", {}, "Health"),
    healthDetails(state),
    asset.materializable ? element("h2", {}, "Up to date") : null,
    asset.materializable ? stalenessDetails(state.staleness) : null,
    state.staleness?.status === "stale"
      ? startButton("Materialize what is stale", () =>
          post("/runs", { selection: selectionOf(asset.key), stale: true }),
        )
      : null,
    element("h2", {}, "Latest materialization"),
    state.materialized === null
      ? element("p.quiet", {}, "None yet")
      : element(
          "div",
          {},
          element(
            "p",
            {},
            moment(state.materialized.at_ms),
            " in run ",
            link("runs", state.materialized.run_id, state.materialized.run_id.slice(-8)),
            state.materialized.partition === null ? "" : `, partition ${state.materialized.partition}`,
          ),
          metadataList(state.materialized.metadata),
        ),
    partitions === null ? null : element("p", {}, `Partitions: ${partitionsText(partitions)}`),
    element("h2", {}, "Checks"),
    state.checks.length === 0
      ? element("p.quiet", {}, "None")
      : table(["Check", "Result", "When", "Details"], state.checks.map(checkRow)),
    ...(attachments.length === 0 ? [] : [element("h2", {}, "Files"), fileTable(attachments)]),
    element("h2", {}, "Definition"),
    definitionList(asset),
    element("h2", {}, "History"),
    history.length === 0
      ? element("p.quiet", {}, "Nothing yet")
      : table(["What", "When", "Partition", "Run"], history.map(historyRow)),
  );
}

/** @param {Record<string, { count: number, set: string | null }>} partitions */
function partitionsText(partitions) {
  return Object.entries(partitions)
    .filter(([, { count }]) => count > 0)
    .map(([state, { count, set }]) => {
      const which = set === null || set === "all" || set.length > 60 ? "" : ` (${set})`;
      return `${count} ${state.replaceAll("_", " ")}${which}`;
    })
    .join(", ");
}

/** @param {string} key */
function selectionOf(key) {
  return /^[\w/.-]+$/.test(key) ? `key:${key}` : `key:"${key.replaceAll('"', '\\"')}"`;
}

/** @param {any} check */
function checkRow({ name, blocking, description, latest }) {
  return [
    element(
      "div",
      {},
      name,
      blocking ? element("span.quiet", {}, " blocking") : null,
      description === null ? null : element("div.quiet", {}, description),
    ),
    latest === null
      ? element("span.quiet", {}, "not run")
      : badge(latest.passed ? "passed" : latest.severity === "warn" ? "warn" : "failed"),
    latest === null ? "" : moment(latest.at_ms),
    latest === null
      ? ""
      : element(
          "div",
          {},
          latest.description ?? "",
          Object.keys(latest.metadata).length === 0 ? null : metadataList(latest.metadata),
        ),
  ];
}

/** @param {any} event */
function historyRow({ type, at_ms: atMs, partition, run_id: run, from, to, reason }) {
  if (type === "freshness.changed") return [`${type}: ${from} → ${to}`, moment(atMs), "", reason];
  return [type, moment(atMs), partition ?? "", link("runs", run, run.slice(-8))];
}

/** @param {any} asset */
function definitionList(asset) {
  const {
    group,
    deps,
    owners,
    kinds,
    tags,
    automation_condition: condition,
    component,
    code_references: references,
    project,
    absent_project: absent,
  } = asset;
  /** @type {[string, unknown][]} */
  const entries = [
    ["Project", absent === undefined ? (project ?? "") : `${absent.name}, which is not open`],
    ["Group", group],
    [
      "Depends on",
      deps.length === 0
        ? "nothing"
        : deps.flatMap((/** @type {string} */ dep, /** @type {number} */ index) => [
            index === 0 ? "" : ", ",
            link("assets", dep),
          ]),
    ],
    ["Owners", owners.join(", ")],
    ["Kinds", kinds.join(", ")],
    [
      "Tags",
      Object.entries(tags)
        .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
        .join(", "),
    ],
    ["Freshness", asset.freshness_policy === null ? "" : policyText(asset.freshness_policy)],
    ["Automation", condition === null ? "" : element("code", {}, condition)],
    ["Component", component === null ? "" : `${component.file} (${component.type})`],
    [
      "Code",
      references.flatMap((/** @type {any} */ { file, line, url }) => [
        url === undefined
          ? element("code", {}, `${file}:${line}`)
          : element("a", { href: url, rel: "noreferrer noopener" }, `${file}:${line}`),
        " ",
      ]),
    ],
  ];
  const given = entries.filter(([, value]) => value !== "" && !(Array.isArray(value) && value.length === 0));
  return element(
    "dl",
    {},
    given.flatMap(([name, value]) => [
      element("dt", {}, name),
      element("dd", {}, /** @type {any} */ (value)),
    ]),
  );
}

/** @param {any} asset */
function isPartitioned({ partitions }) {
  return partitions !== null;
}
