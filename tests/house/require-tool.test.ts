import { afterEach, expect, test, vi } from "vitest";
import { findTool, requireTool } from "../require-tool.ts";

const skip = (note?: string): never => {
  throw new Error(`skipped: ${note}`);
};

afterEach(() => vi.unstubAllEnvs());

test("a tool on PATH is found", () => {
  expect(findTool("git")).toMatch(/\/git$/);
});

test("a test whose tool is missing is skipped with the tool's name", () => {
  vi.stubEnv("PATH", "/nowhere");
  vi.stubEnv("DOP_REQUIRE_TOOLS", "");
  expect(() => requireTool({ skip }, "git")).toThrow(/^skipped: git /);
});

test("a test whose tool is missing fails where nothing may be skipped", () => {
  vi.stubEnv("PATH", "/nowhere");
  vi.stubEnv("DOP_REQUIRE_TOOLS", "1");
  expect(() => requireTool({ skip }, "git")).toThrow(/^git /);
});
