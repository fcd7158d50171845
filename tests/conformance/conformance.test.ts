import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { conformanceFolder, runConformance } from "./conformance.ts";

const folder = conformanceFolder();

test("every shared case passes or is waived with a reason", async (context) => {
  context.skip(!existsSync(folder), `no cases in ${folder}: set DOP_CONFORMANCE_DIR`);
  const areas = await runConformance(folder);
  expect(areas.map(({ area, failed }) => ({ area, failed }))).toEqual(
    areas.map(({ area }) => ({ area, failed: [] })),
  );
  for (const { passed, waived } of areas)
    expect(waived.length).toBeLessThan(0.05 * (passed.length + waived.length));
});
