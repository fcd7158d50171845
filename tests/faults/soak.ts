// Runs the fault tests in their long form: `just soak`, or one history again: `just soak --seed 42`.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { values, positionals } = parseArgs({
  options: {
    seed: { type: "string" },
    first: { type: "string" },
    histories: { type: "string" },
  },
  allowPositionals: true,
  strict: true,
});
const { seed, first, histories } = values;
for (const [name, text] of Object.entries(values))
  if (!/^[1-9]\d*$/.test(text)) {
    console.error(`--${name} is a whole number from 1 on, and not \`${text}\``);
    process.exit(2);
  }
const onlyHistories = seed !== undefined || first !== undefined || histories !== undefined;
const usual = {
  DOP_FAULT_KILLS: "2000",
  DOP_FAULT_RUNS: "3000",
  DOP_FAULT_RESTARTS: "300",
  DOP_FAULT_HISTORIES: "10000",
};
const asked = {
  ...(seed === undefined ? {} : { DOP_FAULT_SEED: seed }),
  ...(first === undefined ? {} : { DOP_FAULT_FIRST: first }),
  ...(histories === undefined ? {} : { DOP_FAULT_HISTORIES: histories }),
};
const files = onlyHistories ? ["tests/faults/histories/histories.slow.test.ts"] : ["tests/faults"];
const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "tests/vitest.config.ts",
    ...(positionals.length === 0 ? files : positionals),
  ],
  { cwd: root, stdio: "inherit", env: { ...usual, ...process.env, ...asked } },
);
process.exitCode = status ?? 1;
