#!/usr/bin/env node
// `cli` is the command line, one file a command.
//
// This one is `dop` itself: plain JavaScript, so that an older Node can read it and hand over to the project's.
import { fileURLToPath } from "node:url";

if (Number.parseInt(process.versions.node, 10) >= 26) {
  await import("../host/start-up.js");
  await import("./main.ts");
} else {
  const { runWithProjectNode } = await import("./project-node.js");
  runWithProjectNode([fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
}
