import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { openProjects } from "../../platform/instance/open-projects.ts";
import { createProjectsApp } from "../../platform/server/create-projects-app.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A project of its own in a new folder, with the files that are given; it is removed after the test. */
export function writtenProject(
  name: string,
  files: { readonly [path: string]: string },
  settings: object = {},
) {
  const root = join(realpathSync(mkdtempSync(join(tmpdir(), "dop-projects-"))), name);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write("package.json", JSON.stringify({ name, private: true, type: "module", dop: settings }));
  for (const [path, text] of Object.entries(files)) write(path, text);
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  onTestFinished(() => rmSync(dirname(root), { recursive: true, force: true, maxRetries: 3 }));
  return { root, write };
}

/** Makes `raw/orders`. */
export const sales = {
  "defs/orders.ts": `import { asset } from "#platform";
export const orders = asset({ key: "raw/orders", group: "raw" }, () => [{ id: 1 }]);
`,
};

/** Makes \`mart/totals\` of \`raw/orders\`, which it does not define. */
export const reports = {
  "defs/totals.ts": `import { asset } from "#platform";
export const totals = asset({ key: "mart/totals", group: "mart", deps: ["raw/orders"] }, () => [{ total: 1 }]);
`,
};

/** The same, made whenever what it depends on was updated. */
export const eagerReports = {
  "defs/totals.ts": reports["defs/totals.ts"]
    .replace("import { asset }", "import { asset, automation }")
    .replace('group: "mart"', 'group: "mart", automationCondition: automation.eager()'),
};

/** Several projects as they are served together. */
export async function served(roots: readonly string[]) {
  const projects = await openProjects({ roots, watch: true });
  onTestFinished(async () => await projects[Symbol.asyncDispose]());
  const app = createProjectsApp(projects, { version: "0" });
  const request = async (path: string, options: RequestInit = {}) =>
    await app.fetch(new Request(`http://127.0.0.1:3939/api/v1${path}`, options));
  await projects.joined.definitions.ready().catch(() => {});
  return {
    projects,
    request,
    // biome-ignore lint/suspicious/noExplicitAny: answers are matched by tests, and described by the API's schemas
    json: async (path: string): Promise<any> => await (await request(path)).json(),
    post: async (path: string, body: object) =>
      await request(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
  };
}
