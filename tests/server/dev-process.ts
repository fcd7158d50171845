import { runDev } from "../../platform/server/run-dev.ts";

// A process of its own for tests that send signals: serves the project of the first argument until SIGINT.
const interruption = new AbortController();
process.on("SIGINT", () => interruption.abort());
await runDev({
  root: process.argv[2] as string,
  version: "0",
  port: 0,
  print: (text) => console.log(text),
  say: (text) => console.error(text),
  signal: interruption.signal,
});
console.log("closed");
