import { ApiError, get, post, startRun } from "./api.js";
import { badge, element, table } from "./elements.js";

/** Jobs, schedules and sensors. */
export async function automationPage() {
  const [{ jobs }, { instigators: schedules }, { instigators: sensors }] = await Promise.all([
    get("/jobs"),
    get("/schedule-states"),
    get("/sensor-states"),
  ]);
  return element(
    "div",
    {},
    element("h1", {}, "Automation"),
    section("Jobs", ["Job", "Selection", "Defined in", ""], jobs.map(jobRow)),
    section(
      "Schedules",
      ["Schedule", "When", "Target", "Next tick", "Last tick", "Status"],
      schedules.map((/** @type {any} */ one) => [
        named(one),
        `${one.cron.join(", ")} (${one.time_zone})`,
        element("code", {}, one.target),
        one.status === "running" ? nextText(one.next) : "",
        lastTick(one.last_tick),
        toggle(one),
      ]),
    ),
    section(
      "Sensors and automation groups",
      ["Sensor", "Kind", "Target", "Last tick", "Status"],
      sensors.map((/** @type {any} */ one) => [
        named(one),
        one.type,
        one.target === null ? "" : element("code", {}, one.target),
        lastTick(one.last_tick),
        toggle(one),
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

/** @param {any} next */
function nextText(next) {
  if (next === null) return "never";
  const { at_ms: at, partitions } = next;
  const time = new Date(at).toLocaleString();
  if (partitions === null) return time;
  const shown = partitions.slice(0, 3).join(", ");
  return `${time} for ${partitions.length === 0 ? "no partition" : shown}${partitions.length > 3 ? ", …" : ""}`;
}

/** @param {any} tick */
function lastTick(tick) {
  if (tick === null) return element("span.quiet", {}, "None");
  return element(
    "div",
    {},
    badge(tick.status),
    ` ${new Date(tick.scheduled_at_ms).toLocaleString()} `,
    ...tick.run_ids
      .slice(0, 3)
      .map((/** @type {string} */ id) => element("a", { href: `#/runs/${id}` }, `${id.slice(0, 8)} `)),
    tick.reason === null ? null : element("div.quiet", {}, tick.reason),
  );
}

/**
 * Shows whether it is on, with a button that switches it.
 * @param {any} instigator
 */
function toggle({ kind, name, status }) {
  const holder = element("span", {});
  const refusal = element("span.refusal", { role: "alert" });
  /** @param {string} now */
  const show = (now) => {
    const verb = now === "running" ? "stop" : "start";
    const onclick = async () => {
      try {
        const { instigator } = await post(`/${kind}s/${encodeURIComponent(name)}/${verb}`);
        show(instigator.status);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        refusal.textContent = ` ${error.message}`;
      }
    };
    const label = verb === "stop" ? "Stop" : "Start";
    holder.replaceChildren(
      badge(now),
      " ",
      element("button", { type: "button", onclick, "aria-label": `${label} ${name}` }, label),
      refusal,
    );
  };
  show(status);
  return holder;
}
