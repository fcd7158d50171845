// Preloaded into a measured process: tells at its end what it cost.
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stderr.write(`DOP_COST ${(userCPUTime + systemCPUTime) / 1e6} ${maxRSS / 1024}\n`);
});
