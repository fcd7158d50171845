import { expect, test, vi } from "vitest";
import { DopProcess, freePort } from "./dop-process.ts";
import { copyShopOfFaults } from "./shop-of-faults.ts";

vi.setConfig({ testTimeout: 180_000 });

const commands = [
  ["run", "list"],
  ["pool", "set", "till", "5"],
  ["pool", "list"],
  ["purge", "--dry-run"],
  ["materialize", "--select", "key:nothing"],
  ["run", "list", "--json"],
];

/** Starts all at once; gives what each ended with and said. */
async function atOnce(root: string): Promise<{ args: string; code: number | null; said: string }[]> {
  const processes = commands.map((args) => ({ args, process: new DopProcess({ root, args }) }));
  return await Promise.all(
    processes.map(async ({ args, process }) => {
      const [code] = await process.ended;
      return { args: args.join(" "), code, said: process.printed() };
    }),
  );
}

test("commands that read and write at once beside a server are all answered", async () => {
  const { root } = copyShopOfFaults();
  const port = await freePort();
  await using owner = new DopProcess({ root, args: ["dev", "--port", String(port)], port });
  await owner.healthy();
  const outcomes = await atOnce(root);
  expect(outcomes.filter(({ code }) => code !== 0)).toEqual([]);
  expect(owner.printed()).not.toMatch(/locked/i);
});

test("commands that read and write at once without a server never meet a locked database", async () => {
  const { root } = copyShopOfFaults();
  const outcomes = await atOnce(root);
  expect(outcomes.filter(({ said }) => /locked|busy/i.test(said))).toEqual([]);
  // Whoever waits too long for another command is told who has the project.
  const told = ({ code, said }: { code: number | null; said: string }) =>
    code === 0 || (code === 2 && /is in use by process \d+/.test(said));
  expect(outcomes.filter((outcome) => !told(outcome))).toEqual([]);
  expect(outcomes.some(({ code }) => code === 0)).toBe(true);
});
