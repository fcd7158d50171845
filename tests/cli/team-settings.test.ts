import { expect, test } from "vitest";
import { numberOf, readServerSettings } from "../../platform/cli/team-settings.ts";
import { capturedContext } from "./captured-context.ts";
import { TemporaryProject } from "./temporary-project.ts";

const token = "a-token-of-the-team";
const nothing = { host: undefined, port: undefined };
const choice = { project: undefined, env: undefined };

function settings(
  server: object | undefined,
  { env = {}, given = nothing }: { env?: { [name: string]: string }; given?: Partial<typeof nothing> } = {},
) {
  using project = new TemporaryProject({}, server === undefined ? {} : { server });
  const { root: _root, ...read } = readServerSettings(
    choice,
    { ...nothing, ...given },
    capturedContext(project.root, env),
  );
  return read;
}

test("without a word the server listens on loopback and asks for no token", () => {
  expect(settings(undefined)).toEqual({ host: "127.0.0.1", port: 3939 });
});

test("the command line goes before the project, and the variable's token before the project's", () => {
  const server = { host: "10.0.0.1", port: 80, token };
  expect(settings(server)).toEqual({ host: "10.0.0.1", port: 80, token });
  const given = { host: "0.0.0.0", port: "8080" } as unknown as typeof nothing;
  expect(settings(server, { given, env: { DOP_SERVER_TOKEN: `other-${token}` } })).toEqual({
    host: "0.0.0.0",
    port: 8080,
    token: `other-${token}`,
  });
});

test("a token may come from another variable", () => {
  const server = { token: { env: "TEAM_TOKEN" } };
  expect(settings(server, { env: { TEAM_TOKEN: token } })).toMatchObject({ token });
});

test("a token whose variable is not set leaves the server shut and not open", () => {
  expect(() => settings({ token: { env: "TEAM_TOKEN" } })).toThrow(/TEAM_TOKEN/);
});

test("a token that can be guessed is refused", () => {
  expect(() => settings({ token: "secret" })).toThrow(/16/);
});

test.for(["-1", "1.5", "x", "65536", ""])("%j is no port", (text) => {
  expect(() => numberOf("--port", text, { most: 65_535 })).toThrow(/--port/);
});
