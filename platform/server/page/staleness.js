import { badge, element, link, moment } from "./elements.js";

/**
 * Whether an asset is up to date, as a chip; nothing where nothing can be said.
 * @param {any} staleness
 */
export function stalenessChip(staleness) {
  if (staleness === null || staleness === undefined) return null;
  const { status, partitions } = staleness;
  if (partitions === null) return badge(status);
  const counts = `${partitions.stale} stale, ${partitions.missing} missing, ${partitions.fresh} fresh`;
  return badge(status, counts);
}

/**
 * The same in full: counts of partitions and the root causes.
 * @param {any} staleness
 */
export function stalenessDetails(staleness) {
  if (staleness === null) return null;
  const { causes, partitions } = staleness;
  return element(
    "div",
    {},
    element(
      "p",
      {},
      stalenessChip(staleness),
      partitions === null
        ? null
        : ` ${partitions.fresh} fresh, ${countText(partitions.stale, "stale", partitions.stale_set)}, ${countText(partitions.missing, "missing", partitions.missing_set)}`,
    ),
    causes.length === 0 ? null : element("ul", {}, causes.map(causeLine)),
  );
}

/**
 * @param {number} count
 * @param {string} word
 * @param {string | null} set
 */
function countText(count, word, set) {
  const shown = set === null ? "" : set.length > 80 ? ` (${set.slice(0, 80)}…)` : ` (${set})`;
  return `${count} ${word}${shown}`;
}

/** @param {any} cause */
function causeLine({ kind, asset, partition, since_ms: since, through }) {
  return element(
    "li",
    {},
    kind === "code" ? "the code of " : "the data of ",
    link("assets", asset),
    partition === null ? "" : ` [${partition}]`,
    " changed",
    since === null ? "" : " ",
    since === null ? null : moment(since),
    through.length === 0 ? null : element("span.quiet", {}, `, through ${through.join(" → ")}`),
  );
}
