// Elements are built, never written as HTML text, so nothing that a definition or a log says can become markup.

/**
 * @param {string} tag A tag, with classes behind dots, such as `span.badge`.
 * @param {Record<string, unknown>} attributes `on…` are listeners; `undefined` and `false` are left out.
 * @param {...(Node | string | number | null | undefined | false | readonly (Node | string)[])} children
 */
export function element(tag, attributes = {}, ...children) {
  const [name = "div", ...classes] = tag.split(".");
  const made = document.createElement(name);
  if (classes.length > 0) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function")
      made.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(
    ...children
      .flat()
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map(nodeOf),
  );
  return made;
}

/** @param {unknown} child */
function nodeOf(child) {
  return child instanceof Node ? child : String(child);
}

/**
 * A table; cells may be text or nodes.
 * @param {readonly string[]} heads
 * @param {readonly (readonly unknown[])[]} rows
 */
export function table(heads, rows) {
  return element(
    "div.scroll",
    {},
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          heads.map((head) => element("th", { scope: "col" }, head)),
        ),
      ),
      element(
        "tbody",
        {},
        rows.map((cells) =>
          element(
            "tr",
            {},
            cells.map((cell) => element("td", {}, /** @type {Node} */ (cell))),
          ),
        ),
      ),
    ),
  );
}

/** @type {Record<string, string>} */
const signs = {
  ready: "✓",
  success: "✓",
  passed: "✓",
  healthy: "✓",
  degraded: "✕",
  fresh: "✓",
  quarantined: "✕",
  failure: "✕",
  failed: "✕",
  error: "✕",
  warning: "!",
  warn: "!",
  stale: "!",
  running: "…",
  started: "…",
  starting: "…",
  queued: "…",
  canceling: "…",
};

/**
 * A status in words with a sign and a colour, so that none of them is needed alone.
 * @param {string} status
 */
export function badge(status, title = "") {
  const sign = signs[status] ?? (status.startsWith("needs_") ? "○" : "–");
  return element(
    "span.badge",
    { "data-status": status, title: title || undefined },
    `${sign} ${status.replaceAll("_", " ")}`,
  );
}

/** @param {number | null | undefined} atMs */
export function moment(atMs) {
  if (atMs === null || atMs === undefined) return element("span.quiet", {}, "never");
  const at = new Date(atMs);
  return element("time", { datetime: at.toISOString(), title: at.toISOString() }, ago(Date.now() - atMs));
}

/** @param {number} ms */
function ago(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/**
 * @param {number | null | undefined} from
 * @param {number | null | undefined} to
 */
export function duration(from, to) {
  if (from === null || from === undefined) return "";
  const ms = (to ?? Date.now()) - from;
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/**
 * A link to another part of the page.
 * @param {string} section
 * @param {string} id
 */
export function link(section, id, text = id) {
  return element("a", { href: `#/${section}/${encodeURIComponent(id)}` }, text);
}

/**
 * A typed value of metadata; only http addresses become links.
 * @param {{ type: string, value: any }} metadata
 */
export function metadataText({ type, value }) {
  if (type === "url" && /^https?:\/\//i.test(value))
    return element("a", { href: value, rel: "noreferrer noopener" }, value);
  if (type === "asset") return link("assets", value);
  if (type === "run") return link("runs", value, value.slice(-8));
  if (type === "timestamp") return moment(value);
  if (type === "int" || type === "float") return Number(value).toLocaleString();
  if (type === "table_schema" || type === "table") {
    return value.columns
      .map((/** @type {{ name: string, type: string }} */ column) => `${column.name} ${column.type}`)
      .join(", ");
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** @param {Record<string, { type: string, value: unknown }>} metadata */
export function metadataList(metadata) {
  const names = Object.keys(metadata);
  if (names.length === 0) return element("span.quiet", {}, "no metadata");
  return element(
    "dl",
    {},
    names.flatMap((name) => [
      element("dt", {}, name),
      element("dd", {}, metadataText(/** @type {any} */ (metadata[name]))),
    ]),
  );
}

/** @param {readonly any[]} problems */
export function problemList(problems) {
  return element(
    "ul.problems",
    {},
    problems.map(({ severity, code, message, hint, file, range }) =>
      element(
        "li",
        {},
        badge(severity),
        ` ${message} `,
        element("code", {}, `${file}:${range.start.line}:${range.start.column}`),
        " ",
        element("code.quiet", {}, code),
        hint === undefined ? null : element("div.hint", {}, `hint: ${hint}`),
      ),
    ),
  );
}
