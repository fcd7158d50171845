// The plain page: it shows what the API says, and keeps its place in the address.
import { get } from "./api.js";
import { assetPage } from "./asset-page.js";
import { assetsPage } from "./assets-page.js";
import { automationPage } from "./automation-page.js";
import { backfillPage, backfillsPage } from "./backfills-page.js";
import { componentsPage } from "./components-page.js";
import { element } from "./elements.js";
import { runPage, runsPage } from "./runs-page.js";

const content = /** @type {HTMLElement} */ (document.getElementById("content"));
const connection = /** @type {HTMLElement} */ (document.getElementById("connection"));
const notice = /** @type {HTMLElement} */ (document.getElementById("notice"));

/** What brings the shown page up to date, and which changes it is about. */
let shown = {
  update: async () => {},
  about: new Set(["definitions", "run"]),
  run: /** @type {string | undefined} */ (undefined),
};
let turn = 0;

/** `#/assets/raw%2Forders` is the section `assets` with the id `raw/orders`. */
function place() {
  const [path = "", search = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [section = "", ...rest] = path.split("/");
  return {
    section: section || "assets",
    id: rest.map(decodeURIComponent).join("/"),
    search: new URLSearchParams(search),
  };
}

async function show() {
  if (location.hash === "#content") return content.focus();
  const mine = ++turn;
  const { section, id, search } = place();
  markCurrent(section);
  const put = (/** @type {Node} */ node) => {
    if (mine === turn) content.replaceChildren(node);
  };
  const simple = (/** @type {() => Promise<Node>} */ make, /** @type {string[]} */ about) => {
    const update = async () => put(await make());
    shown = { update, about: new Set(about), run: undefined };
    return update();
  };
  await told(async () => {
    if (section === "components") return simple(componentsPage, ["definitions"]);
    if (section === "automation") return simple(automationPage, ["definitions"]);
    if (section === "backfills")
      return simple(() => (id === "" ? backfillsPage() : backfillPage(id)), ["definitions", "run"]);
    if (section === "runs" && id === "")
      return simple(() => runsPage(search.get("before") ?? undefined), ["run"]);
    if (section === "runs") {
      const { node, update } = await runPage(id);
      if (mine === turn) shown = { update, about: new Set(["run"]), run: id };
      return put(node);
    }
    if (section === "assets" && id !== "") return simple(() => assetPage(id), ["definitions", "run"]);
    return simple(assetsPage, ["definitions", "run"]);
  });
  if (mine === turn) document.title = `${content.querySelector("h1")?.textContent ?? "dop"} · dop`;
}

/** @param {string} section */
function markCurrent(section) {
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#/${section}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** @param {() => Promise<unknown>} work */
async function told(work) {
  try {
    await work();
    notice.hidden = true;
  } catch (error) {
    notice.textContent = error instanceof Error ? error.message : String(error);
    notice.hidden = false;
  }
}

async function showProject() {
  const { project, environment, failure } = await get("/health");
  document.getElementById("project")?.replaceChildren(element("span", {}, `${project} · ${environment}`));
  const { summary } = await get("/problems");
  const count = /** @type {HTMLElement} */ (document.getElementById("problem-count"));
  count.textContent = String(summary.errors + summary.warnings);
  count.dataset["status"] = summary.errors > 0 ? "failed" : "warning";
  count.hidden = summary.errors + summary.warnings === 0;
  if (failure !== null) {
    notice.textContent = `The definitions shown are older than the files: ${failure}`;
    notice.hidden = false;
  }
}

/** Updates at most four times a second, and never two at once; a form that is being filled in is left alone. */
let isDue = false;
let isBusy = false;
function updateSoon() {
  isDue = true;
  if (isBusy) return;
  isBusy = true;
  setTimeout(async () => {
    isDue = false;
    const isTyping =
      content.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement;
    if (!isTyping) await told(shown.update);
    isBusy = false;
    if (isDue && !isTyping) updateSoon();
  }, 250);
}

function listen() {
  const stream = new EventSource("/api/v1/stream");
  stream.addEventListener("hello", () => {
    connection.textContent = "";
    void told(showProject);
    updateSoon();
  });
  stream.addEventListener("definitions", () => {
    void told(showProject);
    if (shown.about.has("definitions")) updateSoon();
  });
  stream.addEventListener("run", (event) => {
    const { ids } = JSON.parse(event.data);
    if (shown.about.has("run") && (shown.run === undefined || ids.includes(shown.run))) updateSoon();
  });
  stream.addEventListener("error", () => {
    connection.textContent = "no connection, trying again";
  });
}

addEventListener("hashchange", () => void show());
void show();
listen();
