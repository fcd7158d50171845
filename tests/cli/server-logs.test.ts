import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { printServerLogs } from "../../platform/cli/server-logs.ts";
import { capturedContext } from "./captured-context.ts";
import { TemporaryProject } from "./temporary-project.ts";

const projects: TemporaryProject[] = [];
afterEach(() => {
  for (const made of projects.splice(0)) made[Symbol.dispose]();
});

function withLogs(files: { readonly [name: string]: readonly string[] }): TemporaryProject {
  const made = new TemporaryProject(
    Object.fromEntries(
      Object.entries(files).map(([name, lines]) => [
        `.dop/logs/${name}`,
        lines.map((line) => `${line}\n`).join(""),
      ]),
    ),
  );
  projects.push(made);
  return made;
}

const line = (second: number, level: number, msg: string, fields: object = {}) =>
  JSON.stringify({ level, time: `2026-01-01T00:00:0${second}.000Z`, pid: 1, ...fields, msg });

test("lines of server and daemon are printed in the order of their time", async () => {
  const made = withLogs({
    "server.log": [line(1, 30, "one"), line(3, 40, "three", { runs: 2 })],
    "daemon.log": [line(2, 50, "two")],
  });
  expect((await made.run(["logs"])).out.split("\n")).toEqual([
    "2026-01-01 00:00:01Z server info: one",
    "2026-01-01 00:00:02Z daemon error: two",
    '2026-01-01 00:00:03Z server warning: three {"runs":2}',
  ]);
});

test("lines below the level, and lines that are none, are left out", async () => {
  const made = withLogs({
    "server.log": [line(1, 30, "one"), "half a li", line(2, 40, "two"), line(3, 20, "three")],
  });
  expect((await made.run(["logs", "--level", "warning"])).out).toBe(
    "2026-01-01 00:00:02Z server warning: two",
  );
  expect((await made.run(["logs", "--level", "debug"])).out.split("\n")).toHaveLength(3);
  expect((await made.run(["logs", "--level", "loud"])).code).toBe(2);
});

test("the last lines are printed, with --json as they stand in the file", async () => {
  const made = withLogs({ "server.log": [line(1, 30, "one"), line(2, 30, "two")] });
  expect((await made.run(["logs", "-n", "1", "--json"])).out).toBe(line(2, 30, "two"));
});

test("control characters of a line do not reach the terminal", async () => {
  const made = withLogs({ "server.log": [line(1, 30, "red \u001b[31m")] });
  expect((await made.run(["logs"])).out).not.toContain("\u001b");
});

test("a project in which nothing has logged yet says so", async () => {
  const made = withLogs({});
  expect(await made.run(["logs"])).toMatchObject({ code: 2, talk: expect.stringContaining("dop dev") });
});

test("with --follow lines are printed as they come, whole ones only", { timeout: 20_000 }, async () => {
  const made = withLogs({ "server.log": [line(1, 30, "one")] });
  const context = capturedContext(made.root);
  const following = printServerLogs(
    made.root,
    { follow: true, level: "info", limit: 10, json: false },
    context,
  ).catch(() => {});
  const until = async (wanted: RegExp) => {
    while (!wanted.test(context.out())) await delay(20);
  };
  await until(/one/);
  const file = join(made.root, ".dop/logs/server.log");
  const next = line(2, 30, "two");
  appendFileSync(file, next.slice(0, 20));
  await delay(400);
  appendFileSync(file, `${next.slice(20)}\n`);
  await until(/two/);
  context.interrupt();
  await following;
  expect(context.out().split("\n")).toHaveLength(2);
});
