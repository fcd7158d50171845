import { get } from "./api.js";
import { badge, element, link, problemList } from "./elements.js";

const order = ["quarantined", "needs_credentials", "needs_tool", "needs_lock", "ready"];

/** All documents; those that need something come first. */
export async function componentsPage() {
  const [{ components }, { summary, problems }] = await Promise.all([get("/components"), get("/problems")]);
  const sorted = components.toSorted(
    (/** @type {any} */ a, /** @type {any} */ b) => order.indexOf(a.status) - order.indexOf(b.status),
  );
  const shown = new Set(
    components.flatMap((/** @type {any} */ component) => component.problems.map(placeText)),
  );
  const elsewhere = problems.filter((/** @type {any} */ problem) => !shown.has(placeText(problem)));
  return element(
    "div",
    {},
    element("h1", {}, "Components ", element("span.count", {}, components.length)),
    element(
      "p.quiet",
      {},
      `${count(summary.files, "file")}, ${count(summary.documents, "document")}, ${count(summary.errors, "error")}, ${count(summary.warnings, "warning")}`,
    ),
    elsewhere.length === 0
      ? null
      : element(
          "section.card",
          {},
          element("h2", {}, "Problems outside of components"),
          problemList(elsewhere),
        ),
    sorted.map(componentCard),
  );
}

/** @param {any} component */
function componentCard({ name, file, line, document, type, enabled, status, needs, assets, problems }) {
  return element(
    "section.card",
    {},
    element("h2", {}, name, " ", enabled ? badge(status) : badge("disabled")),
    element(
      "p",
      {},
      element("code", {}, type),
      " ",
      element(
        "code.quiet",
        {},
        document === 1 ? `${file}:${line}` : `${file}:${line} (document ${document})`,
      ),
    ),
    needs.length === 0 ? null : element("p", {}, `Needs ${needs.join(", ")}`),
    problems.length === 0 ? null : problemList(problems),
    assets.length === 0 ? null : assetList(assets),
  );
}

/** @param {readonly string[]} assets */
function assetList(assets) {
  const links = (/** @type {readonly string[]} */ keys) =>
    element(
      "p.keys",
      {},
      keys.flatMap((key) => [link("assets", key), " "]),
    );
  if (assets.length <= 12) return links(assets);
  const more = element("details", {}, element("summary", {}, `${assets.length} assets`));
  more.addEventListener("toggle", () => {
    if (more.childElementCount === 1) more.append(links(assets));
  });
  return more;
}

/** @param {any} problem */
function placeText({ file, range, code }) {
  return `${file}:${range.start.line}:${range.start.column}:${code}`;
}

/**
 * @param {number} number
 * @param {string} noun
 */
function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
