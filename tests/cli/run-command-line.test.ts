import { expect, test } from "vitest";
import { type CommandTable, command } from "../../platform/cli/command.ts";
import { CommandError } from "../../platform/cli/command-context.ts";
import { runCommandLine } from "../../platform/cli/run-command-line.ts";
import { capturedContext } from "./captured-context.ts";

let got: unknown;
const copy = command({
  name: "copy",
  summary: "Copy tables",
  details: "Twice is once.",
  arguments: { from: { summary: "Source", required: true }, to: { summary: "Targets", many: true } },
  options: {
    dryRun: { summary: "Only say what would be done" },
    mode: { value: "mode", summary: "How", choices: ["full", "append"], default: "full" },
    tag: { short: "t", value: "key=value", summary: "Tags", many: true },
    limit: { value: "rows", summary: "At most" },
  },
  async run(input) {
    got = input;
    return input.from === "bad" ? 1 : 0;
  },
});
const sign = command({
  name: "sign",
  summary: "Sign",
  options: { name: { value: "name", summary: "Who", required: true } },
  run: async () => undefined,
});
const failing = (thrown: unknown) =>
  command({
    name: "failing",
    summary: "Fail",
    run: async () => {
      throw thrown;
    },
  });

const table = (thrown: unknown = new Error("broken")): CommandTable => ({
  copy: async () => copy,
  sign: async () => sign,
  failing: async () => failing(thrown),
  tools: async () => ({
    name: "tools",
    summary: "Tools",
    commands: { list: async () => ({ ...sign, name: "list", options: {} }) },
  }),
});

async function run(line: string, entries = table()): Promise<{ code: number; out: string; talk: string }> {
  const context = capturedContext("/nowhere");
  const code = await runCommandLine(
    line.split(" ").filter((word) => word !== ""),
    entries,
    context,
  );
  return { code, out: context.out(), talk: context.talk() };
}

test("options and arguments arrive under their names", async () => {
  expect((await run("copy a b c --dry-run -t x=1 --tag y=2 --mode append")).code).toBe(0);
  expect(got).toEqual({
    from: "a",
    to: ["b", "c"],
    dryRun: true,
    mode: "append",
    tag: ["x=1", "y=2"],
    limit: undefined,
  });
});

test("what is not written has its default", async () => {
  await run("copy a");
  expect(got).toEqual({ from: "a", to: [], dryRun: false, mode: "full", tag: [], limit: undefined });
});

test("the exit code is the command's", async () => {
  expect((await run("copy bad")).code).toBe(1);
});

test.for([
  { line: "cpoy", talk: /no command `dop cpoy`[\s\S]*did you mean `copy`/ },
  { line: "tools lst", talk: /no command `dop tools lst`[\s\S]*did you mean `list`/ },
  { line: "copy a --dryrun", talk: /--dryrun[\s\S]*--dry-run/ },
  { line: "copy a --mode fast", talk: /fast[\s\S]*full, append/ },
  { line: "copy", talk: /from/ },
  { line: "sign", talk: /--name/ },
  { line: "sign --name", talk: /--name/ },
  { line: "sign --name a b", talk: /too many arguments/ },
])("`dop $line` is refused with exit code 2 and says why", async ({ line, talk }) => {
  const result = await run(line);
  expect(result).toMatchObject({ code: 2, out: "" });
  expect(result.talk).toMatch(talk);
});

test("help lists all commands on stdout", async () => {
  const { code, out, talk } = await run("--help");
  expect({ code, talk }).toEqual({ code: 0, talk: "" });
  expect(out).toMatch(/copy.*Copy tables[\s\S]*sign.*Sign[\s\S]*tools.*Tools/);
});

test("help of a command shows its details, arguments and options", async () => {
  const { code, out } = await run("copy --help");
  expect(code).toBe(0);
  expect(out).toMatch(/Usage: dop copy .*<from> \[to\.\.\.\][\s\S]*Twice is once\.[\s\S]*--dry-run/);
});

test("help of a group lists its commands", async () => {
  expect((await run("tools --help")).out).toMatch(/list.*Sign/);
});

test("without a command, help goes to stderr and the code is 2", async () => {
  expect(await run("")).toMatchObject({ code: 2, out: "", talk: expect.stringContaining("copy") });
});

test("only the command that is asked for is loaded", async () => {
  const broken: CommandTable = { ...table(), other: () => Promise.reject(new Error("not to be loaded")) };
  expect((await run("copy a", broken)).code).toBe(0);
});

test("what could not be done is told without a stack", async () => {
  const result = await run("failing", table(new CommandError("no project here", "go elsewhere")));
  expect(result).toEqual({ code: 2, out: "", talk: "error: no project here\nhint: go elsewhere" });
});

test("a defect of ours is told with its stack and a request to report it", async () => {
  const { code, talk } = await run("failing", table(new Error("broken inside")));
  expect(code).toBe(2);
  expect(talk).toMatch(/Error: broken inside\n\s+at [\s\S]*report/);
});

test("problems that stop a command are printed", async () => {
  const span = { file: "a.yaml", start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };
  const problems = [{ code: "invalid-yaml", severity: "error", message: "no", span, related: [] }];
  const result = await run("failing", table(Object.assign(new Error("stopped"), { problems })));
  expect(result).toMatchObject({ code: 2, talk: "a.yaml:1:1 error[invalid-yaml]: no\n" });
});

test("an interrupted command ends with 130", async () => {
  const context = capturedContext("/nowhere");
  const entries: CommandTable = {
    wait: async () =>
      command({
        name: "wait",
        summary: "Wait",
        async run(_, { signal }) {
          context.interrupt();
          signal.throwIfAborted();
          return 0;
        },
      }),
  };
  expect(await runCommandLine(["wait"], entries, context)).toBe(130);
  expect(context.talk()).toBe("");
});
