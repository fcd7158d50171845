// Brings a checkout up to date: npm's packages, and the Python tools of dbt and Sling. Run before every recipe,
// so what is up to date costs nothing, and what could not be had is told in one line and not tried again.
//
//     node platform/cli/setup/sync.js [--packages] [--again]
//
// --packages leaves the Python tools out; --again also tries what failed before.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { syncPackages } from "./npm-packages.js";
import { syncPythonTools } from "./python-tools.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const flags = new Set(process.argv.slice(2));

if (Number.parseInt(process.versions.node, 10) < 20) {
  tell(`Node 20 or newer is needed to start; this is ${process.version}`);
  process.exit(2);
}

const parts = [syncPackages(root, tell)];
if (!flags.has("--packages")) parts.push(syncPythonTools(root, { again: flags.has("--again"), tell }));

for (const result of await Promise.allSettled(parts)) {
  if (result.status === "fulfilled") continue;
  tell(result.reason.message);
  process.exitCode = 2;
}

/** @param {string} line */
function tell(line) {
  console.error(`sync: ${line}`);
}
