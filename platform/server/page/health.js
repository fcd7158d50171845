import { badge, element, moment } from "./elements.js";

/**
 * How an asset is, in a word; why stands in its title.
 * @param {any} state
 */
export function healthChip(state) {
  return state === undefined ? "" : badge(state.health.status, state.health.why.join("\n"));
}

/**
 * How an asset is, part by part, and what speaks against it.
 * @param {any} state
 */
export function healthDetails(state) {
  const { health, freshness } = state;
  const parts = ["materialization", "checks", "freshness"]
    .filter((part) => health[part] !== "not_applicable")
    .map((part) => `${part} ${health[part]}`);
  return element(
    "div",
    {},
    element("p", {}, healthChip(state), element("span.quiet", {}, ` ${parts.join(" · ")}`)),
    freshness === null ? null : freshnessLine(freshness),
    health.why.length === 0
      ? null
      : element(
          "ul",
          {},
          health.why.map((/** @type {string} */ why) => element("li", {}, why)),
        ),
  );
}

/** @param {any} freshness */
function freshnessLine({ state, since_ms: since, due_ms: due }) {
  return element(
    "p",
    {},
    `Freshness: ${state}`,
    since === null ? "" : " since ",
    since === null ? null : moment(since),
    due === null ? "" : `, ${state === "fail" ? "was due" : "due"} ${new Date(due).toLocaleString()}`,
  );
}

/**
 * `time_window: fail_window 36h, warn_window 24h`.
 * @param {Record<string, any>} policy
 */
export function policyText(policy) {
  return Object.entries(policy)
    .map(([name, value]) =>
      typeof value === "object"
        ? `${name}: ${Object.entries(value)
            .map(([field, text]) => `${field} ${text}`)
            .join(", ")}`
        : `${name} ${value}`,
    )
    .join("; ");
}
