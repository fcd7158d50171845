// Loads classes and modules of the cases as a project elsewhere would.
import "../../platform/host/resolve-hook.js";
import { conformanceFolder, runConformance } from "./conformance.ts";

const folder = conformanceFolder();
const results = await runConformance(folder);
if (results.length === 0) console.log(`conformance skipped: no cases in ${folder}`);
for (const { area, failed, waived } of results) {
  for (const { id, failures } of failed) console.log(`FAILED ${area} ${id}\n  ${failures.join("\n  ")}`);
  for (const { id, reason } of waived) console.log(`waived ${area} ${id}: ${reason}`);
}
for (const { area, passed, failed, waived } of results) {
  console.log(`${area}: ${passed.length} passed, ${failed.length} failed, ${waived.length} waived`);
}
process.exitCode = results.some(({ failed }) => failed.length > 0) ? 1 : 0;
