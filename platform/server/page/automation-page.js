import { ApiError, get, startRun } from "./api.js";
import { badge, element, table } from "./elements.js";

/** Jobs, schedules and sensors. */
export async function automationPage() {
  const [{ jobs }, { schedules }, { sensors }] = await Promise.all([
    get("/jobs"),
    get("/schedules"),
    get("/sensors"),
  ]);
  return element(
    "div",
    {},
    element("h1", {}, "Automation"),
    section("Jobs", ["Job", "Selection", "Defined in", ""], jobs.map(jobRow)),
    section(
      "Schedules",
      ["Schedule", "When", "Target", "By default"],
      schedules.map((/** @type {any} */ spec) => [
        named(spec),
        `${spec.cron.join(", ")} (${spec.time_zone})`,
        targetText(spec.target),
        badge(spec.default_status),
      ]),
    ),
    section(
      "Sensors",
      ["Sensor", "Kind", "Target", "By default"],
      sensors.map((/** @type {any} */ spec) => [
        named(spec),
        spec.kind,
        targetText(spec.target),
        badge(spec.default_status),
      ]),
    ),
  );
}

/**
 * @param {string} title
 * @param {readonly string[]} heads
 * @param {readonly (readonly unknown[])[]} rows
 */
function section(title, heads, rows) {
  return element(
    "section",
    {},
    element("h2", {}, title),
    rows.length === 0 ? element("p.quiet", {}, "None") : table(heads, rows),
  );
}

/** @param {any} job */
function jobRow(job) {
  const refusal = element("span.refusal", { role: "alert" });
  const start = async () => {
    try {
      location.hash = `#/runs/${await startRun({ job: job.name }, { skipUnready: true })}`;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusal.textContent = ` ${error.message}`;
    }
  };
  return [
    named(job),
    element("code", {}, job.selection),
    job.file ?? "",
    element(
      "span",
      {},
      element("button", { type: "button", onclick: start, "aria-label": `Run ${job.name}` }, "Run"),
      refusal,
    ),
  ];
}

/** @param {any} spec */
function named({ name, description }) {
  return element("div", {}, name, description === null ? null : element("div.quiet", {}, description));
}

/** @param {any} target */
function targetText(target) {
  if (target === null) return "";
  return target.job === undefined ? element("code", {}, target.selection) : `job ${target.job}`;
}
