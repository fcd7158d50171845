import { appendFileSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { type PipesOptions, type StepContext, StepError } from "../../../platform/define/step.ts";
import { runPipes } from "../../../platform/run/pipes/run-pipes.ts";
import type { LineTaker } from "../../../platform/run/subprocess.ts";

interface Process {
  /** Sends one message; without params `null`. */
  send(method: string, params?: object): void;
  /** Sends text as it is. */
  raw(text: string): void;
  readonly context: { readonly [name: string]: unknown };
  readonly contextParameter: { readonly path?: string };
  readonly messagesParameter: { readonly path?: string; readonly stdio?: string };
}

interface Told {
  readonly materialized: unknown[];
  readonly checked: unknown[];
  readonly log: string[];
  readonly output: string[];
}

const decode = (text: string | undefined) =>
  JSON.parse(inflateSync(Buffer.from(text ?? "", "base64")).toString());

/** Runs `work` as the process of a step with the assets `raw/a` and `raw/b` and the checks `raw/a:ok` and `raw/a:other`. */
async function host(
  work: (process: Process) => void | Promise<void>,
  options: PipesOptions & { readonly assets?: readonly string[]; readonly signal?: AbortSignal } = {},
): Promise<Told & { result: Awaited<ReturnType<typeof runPipes>> | undefined; error: unknown }> {
  const { assets = ["raw/a", "raw/b"], signal = new AbortController().signal, ...given } = options;
  const told: Told = { materialized: [], checked: [], log: [], output: [] };
  const at = (level: string) => (message: string) => void told.log.push(`${level} ${message}`);
  const step = {
    runId: "run-1",
    job: undefined,
    attempt: 1,
    selectedAssets: assets,
    selectedChecks: ["raw/a:ok"],
    step: { checks: ["raw/a:ok", "raw/a:other"] },
    partition: undefined,
    signal,
    materialized: (...report: unknown[]) => void told.materialized.push(report),
    checked: (check: string, outcome: unknown) => {
      if (check !== "raw/a:ok")
        throw new StepError(`\`${check}\` is no check of this step`, { retry: "never" });
      told.checked.push([check, outcome]);
    },
    log: { debug: at("debug"), info: at("info"), warning: at("warning"), error: at("error") },
  } as unknown as StepContext;
  let error: unknown;
  const result = await runPipes(
    { command: "python3", args: ["script.py"], options: given },
    {
      step,
      codeVersions: {},
      output: { line: (stream, line) => void told.output.push(`${stream} ${line}`) },
      ready: async () => {},
      async subprocess(_command, args, { env = {}, taker }: { env?: object; taker?: LineTaker }) {
        const variables = env as { readonly [name: string]: string };
        const contextParameter = decode(variables["DAGSTER_PIPES_CONTEXT"] ?? args[2]);
        const messagesParameter = decode(variables["DAGSTER_PIPES_MESSAGES"] ?? args[4]);
        const raw = (text: string) => {
          if (messagesParameter.path !== undefined) return appendFileSync(messagesParameter.path, text);
          for (const line of text.split("\n").slice(0, -1)) {
            if (taker?.take(messagesParameter.stdio, line) !== true) told.output.push(line);
          }
        };
        await work({
          raw,
          send: (method, params) =>
            raw(`${JSON.stringify({ __dagster_pipes_version: "0.1", method, params: params ?? null })}\n`),
          context: contextParameter.data ?? JSON.parse(readFileSync(contextParameter.path, "utf8")),
          contextParameter,
          messagesParameter,
        });
        return { exitCode: 0 };
      },
    },
  ).catch((thrown: unknown) => {
    error = thrown;
    return undefined;
  });
  return { ...told, result, error };
}

/** A process that opens, does `work` and closes. */
const politely = (work: (process: Process) => void) => (process: Process) => {
  process.send("opened", { extras: {} });
  work(process);
  process.send("closed", {});
};

const ways: readonly { readonly way: string; readonly options: PipesOptions }[] = [
  { way: "files", options: {} },
  { way: "variables and standard output", options: { context: "inline", messages: "stdout" } },
  { way: "arguments and standard error", options: { parameters: "arguments", messages: "stderr" } },
];

test.for(ways)("by $way everything is told both ways", async ({ options }) => {
  let asked: unknown;
  const { result, error, materialized, checked, log, output } = await host(
    politely(({ send, context }) => {
      asked = context;
      send("log", { message: "hello", level: "CRITICAL" });
      send("report_asset_materialization", {
        asset_key: "raw/a",
        data_version: "v1",
        metadata: { rows: { type: "int", raw_value: 3 } },
      });
      send("report_asset_check", {
        asset_key: "raw/a",
        check_name: "ok",
        passed: false,
        severity: "WARN",
        metadata: null,
      });
      send("report_custom_message", { payload: { a: 1 } });
      send("report_custom_message", { payload: null });
      send("log_external_stream", { stream: "stderr", text: "one\ntw", extras: {} });
      send("log_external_stream", { stream: "stderr", text: "o", extras: {} });
    }),
    { ...options, extras: { limit: 3 } },
  );
  expect(error).toBe(undefined);
  expect(asked).toMatchObject({ asset_keys: ["raw/a", "raw/b"], extras: { limit: 3 } });
  expect(materialized).toEqual([
    ["raw/a", { metadata: { rows: { type: "int", value: 3 } }, dataVersion: "v1" }],
  ]);
  expect(checked).toEqual([["raw/a:ok", { passed: false, severity: "warn", metadata: {} }]]);
  expect(log).toEqual(["error hello"]);
  expect(output).toEqual(["stderr one", "stderr two"]);
  expect(result).toEqual({ customMessages: [{ a: 1 }, null] });
});

test("the context lies in a file that only its user can reach, and is gone afterwards", async () => {
  let path = "";
  await host(
    politely(({ contextParameter }) => {
      path = contextParameter.path as string;
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    }),
  );
  expect(path).not.toBe("");
  expect(() => statSync(dirname(path))).toThrow("ENOENT");
});

test.for<[string, string, object]>([
  ["an asset of another step", "report_asset_materialization", { asset_key: "raw/c" }],
  ["no asset where there are several", "report_asset_materialization", { metadata: {} }],
  [
    "an unknown check",
    "report_asset_check",
    { asset_key: "raw/a", check_name: "x", passed: true, severity: "ERROR" },
  ],
  ["an unknown method", "shout", {}],
  ["a log message that says nothing", "log", {}],
])("a process that reports %s fails the step when it has ended", async ([, method, params]) => {
  const { error, materialized, checked, log } = await host(politely(({ send }) => send(method, params)));
  expect(error).toMatchObject({ name: "StepError", retry: "never" });
  expect([materialized, checked]).toEqual([[], []]);
  expect(log).toEqual([expect.stringMatching(/^error pipes: /)]);
});

test("a line of the file that is no message fails the step", async () => {
  const { error } = await host(politely(({ raw }) => raw("print\n\n")));
  expect(error).toMatchObject({ message: expect.stringContaining("print") });
});

test("of a step with one asset, a report need not name it", async () => {
  const work = politely(({ send }) => send("report_asset_materialization", { asset_key: null }));
  expect((await host(work, { assets: ["raw/a"] })).materialized).toEqual([["raw/a", { metadata: {} }]]);
});

test("a declared check that was not asked for is left out without a fault", async () => {
  const params = { asset_key: "raw/a", check_name: "other", passed: true, severity: "ERROR" };
  const { error, checked, log } = await host(politely(({ send }) => send("report_asset_check", params)));
  expect([error, checked]).toEqual([undefined, []]);
  expect(log).toEqual([expect.stringContaining("raw/a:other")]);
});

test("a process that says nothing is warned of", async () => {
  const { error, log } = await host(() => {});
  expect(error).toBe(undefined);
  expect(log).toEqual([expect.stringMatching(/^warning .*open_dagster_pipes/)]);
});

test("a process that does not close is warned of", async () => {
  expect((await host(({ send }) => send("opened"))).log).toEqual([expect.stringMatching(/^warning .*close/)]);
});

test("what comes after the end is warned of once and taken, and late output without a warning", async () => {
  const { log, output, result } = await host(({ send }) => {
    send("opened");
    send("closed");
    send("log_external_stream", { stream: "stdout", text: "late" });
    send("report_custom_message", { payload: 1 });
    send("report_custom_message", { payload: 2 });
  });
  expect(log).toEqual([expect.stringMatching(/^warning .*report_custom_message/)]);
  expect(output).toEqual(["stdout late"]);
  expect(result?.customMessages).toEqual([1, 2]);
});

test("half a last message is warned of and no fault", async () => {
  const { error, log } = await host(
    politely(({ raw }) =>
      raw('{"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "x"}}\n'),
    ),
  );
  expect([error, log]).toEqual([undefined, ["info x"]]);
  const torn = await host((process) => {
    politely(() => {})(process);
    process.raw('{"__dagster_pipes_version": "0.1", "meth');
  });
  expect(torn.error).toBe(undefined);
  expect(torn.log).toEqual([expect.stringMatching(/^warning .*cut off/)]);
});

test("an exception that the process lived through is told and does not fail the step", async () => {
  const exception = { name: "ValueError", message: "ValueError: bad\n", stack: ["  line 1\n"], cause: null };
  const { error, log } = await host(({ send }) => {
    send("opened");
    send("closed", { exception });
  });
  expect([error, log]).toEqual([undefined, ["error   line 1\nValueError: bad"]]);
});

test("the exception of a process that failed is the cause of the step's error, with its own causes", async () => {
  const inner = { name: "KeyError", message: "KeyError: 'a'", stack: ["  line 2\n"] };
  const exception = {
    name: "ValueError",
    message: "bad",
    stack: ["  line 1\n"],
    cause: null,
    context: inner,
  };
  const { error } = await host(({ send }) => {
    send("opened");
    send("closed", { exception });
    throw new StepError("`python3` ended with exit code 1", { retry: "later" });
  });
  expect(error).toMatchObject({
    name: "StepError",
    retry: "later",
    message: "`python3` ended with exit code 1",
    cause: { name: "ValueError", message: "bad", cause: { name: "KeyError", message: "'a'" } },
  });
});

test("a failed process fails the step after a clean end of its messages", async () => {
  const { error } = await host((process) => {
    politely(() => {})(process);
    throw new StepError("`python3` ended with exit code 7", { retry: "later" });
  });
  expect(error).toMatchObject({ message: "`python3` ended with exit code 7" });
});

test("of a cancelled step what was told until then is kept, and the cancellation is thrown", async () => {
  const abort = new AbortController();
  const { error, materialized, log } = await host(
    ({ send }) => {
      send("opened");
      send("report_asset_materialization", { asset_key: "raw/a" });
      abort.abort(new Error("canceled"));
      throw abort.signal.reason;
    },
    { signal: abort.signal },
  );
  expect(error).toMatchObject({ message: "canceled" });
  expect(materialized).toEqual([["raw/a", { metadata: {} }]]);
  expect(log).toEqual([]);
});

test("in standard output other lines stay output, also before a message on the same line", async () => {
  const { log, output } = await host(
    politely(({ raw }) => {
      raw('plain\n{"__dagster_pipes_version" is only named\n');
      raw('50 %{"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "m"}}\n');
    }),
    { messages: "stdout" },
  );
  expect(output).toEqual(["plain", '{"__dagster_pipes_version" is only named', "stdout 50 %"]);
  expect(log).toEqual(["info m"]);
});

test("messages on one stream leave the other alone", async () => {
  const line = '{"__dagster_pipes_version": "0.1", "method": "opened"}';
  let isTaken: boolean | undefined;
  await host(({ messagesParameter }) => expect(messagesParameter).toEqual({ stdio: "stderr" }), {
    messages: "stderr",
  });
  const step = { signal: new AbortController().signal, selectedAssets: [], log: { warning() {} } };
  await runPipes(
    { command: "x", args: [], options: { messages: "stderr" } },
    {
      step: step as never,
      codeVersions: {},
      output: { line() {} },
      ready: async () => {},
      async subprocess(_command, _args, { taker }) {
        isTaken = taker?.take("stdout", line);
        return { exitCode: 0 };
      },
    },
  );
  expect(isTaken).toBe(false);
});

test("a message that is too long for standard output fails the step", async () => {
  const { error } = await host(
    politely(({ send }) => send("log", { message: "x".repeat(9_000_000) })),
    { messages: "stdout" },
  );
  expect(error).toMatchObject({ message: expect.stringContaining("8388608") });
});

test("a long log message is cut", async () => {
  const { log } = await host(politely(({ send }) => send("log", { message: "x".repeat(1_000_000) })));
  expect(log).toEqual([expect.stringMatching(/^info x{100000} … \(1000000 /)]);
});

test("extras that cannot be written as JSON fail the step before anything starts", async () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  let started = false;
  const start = () => {
    started = true;
  };
  const { error } = await host(start, { extras: { circle } });
  expect([error, started]).toEqual([expect.objectContaining({ name: "StepError", retry: "never" }), false]);
});
