import { Type } from "typebox";
import { expect, test } from "vitest";
import { assetKey } from "../../platform/core/asset-key.ts";
import { assetAttributesSchema } from "../../platform/define/asset-attributes.ts";
import { attributeTypeNamed, deferredKeyword } from "../../platform/define/attribute-type.ts";
import { Component, isComponentClass, ProblemError } from "../../platform/define/component.ts";
import { joinDefinitions } from "../../platform/define/definitions.ts";
import {
  type IoManager,
  ioManager,
  isIoManagerDefinition,
  isSqlRelation,
  isStoredFile,
  sqlRelation,
  storedFile,
} from "../../platform/define/io-manager.ts";
import { isMaterializeResult, materializeResult, output } from "../../platform/define/output.ts";
import { isResourceDefinition, resource } from "../../platform/define/resource.ts";
import { StepError } from "../../platform/define/step.ts";
import { isTemplateVariable, templateVar } from "../../platform/define/template-var.ts";
import { deferred, translationSchema } from "../../platform/define/translation.ts";

test("a resource has a spec without code, of type `custom` unless one is named", () => {
  const plain = resource("clock", { create: () => 1 });
  expect(plain.spec).toEqual({ key: "clock", type: "custom" });
  expect(plain).not.toHaveProperty("close");
  const described = {
    type: "duckdb",
    description: "The warehouse.",
    settings: { path: "a" },
    uses: ["clock"],
  };
  expect(resource("warehouse", { ...described, create: () => 1 }).spec).toEqual({
    key: "warehouse",
    ...described,
  });
});

test("a resource keeps the functions that open and close it", () => {
  const create = () => ({ open: true });
  const close = () => {};
  expect(resource("a", { create, close })).toMatchObject({ create, close });
  expect(isResourceDefinition(resource("a", { create }))).toBe(true);
  expect(isResourceDefinition({ spec: { key: "a" }, create })).toBe(false);
});

test("an IO manager is known by its name and its mark", () => {
  const manager: IoManager = { handleOutput: async () => ({}), loadInput: async () => 1 };
  const definition = ioManager("iceberg", () => manager);
  expect(definition.name).toBe("iceberg");
  expect(definition.create({ projectRoot: "/p", dataFolder: "/p/data", engine: {} as never })).toBe(manager);
  expect(isIoManagerDefinition(definition)).toBe(true);
  expect(isIoManagerDefinition({ name: "iceberg", create: definition.create })).toBe(false);
});

test("a query as a value names its inputs", () => {
  const orders = assetKey("raw", "orders");
  expect(sqlRelation("select * from o", { o: orders })).toMatchObject({
    sql: "select * from o",
    inputs: { o: orders },
  });
  expect(sqlRelation("select 1").inputs).toEqual({});
  expect(isSqlRelation(sqlRelation("select 1"))).toBe(true);
  expect(isSqlRelation({ sql: "select 1", inputs: {} })).toBe(false);
});

test("a stored file, a result and a query are told apart", () => {
  const kinds = [isStoredFile, isMaterializeResult, isSqlRelation];
  const judge = (value: unknown) => kinds.map((is) => is(value));
  expect(judge(storedFile("/data/a.parquet"))).toEqual([true, false, false]);
  expect(judge(output(1))).toEqual([false, true, false]);
  expect(judge(materializeResult())).toEqual([false, true, false]);
  expect(judge(sqlRelation("select 1"))).toEqual([false, false, true]);
  for (const value of [null, undefined, "text", { path: "/data/a.parquet" }]) {
    expect(judge(value)).toEqual([false, false, false]);
  }
});

test("a template variable counts its parameters, for only none or one will do", () => {
  expect(templateVar(() => 1).parameters).toBe(0);
  expect(templateVar((context) => context.environment).parameters).toBe(1);
  expect(isTemplateVariable(templateVar(() => 1))).toBe(true);
  expect(isTemplateVariable(() => 1)).toBe(false);
});

test("a translation is the given schema, left unevaluated, with its own description", () => {
  const schema = translationSchema(assetAttributesSchema, "How a table becomes an asset.");
  expect(schema).toMatchObject({
    type: "object",
    description: "How a table becomes an asset.",
    [deferredKeyword]: true,
  });
  expect(assetAttributesSchema).not.toHaveProperty(deferredKeyword);
  expect(deferred(Type.String())).toMatchObject({ type: "string", [deferredKeyword]: true });
});

test("attribute types are found by name, and an unknown name is a defect", () => {
  const names = ["asset-key", "duration", "automation-condition", "freshness-policy", "partitions"];
  expect(names.map((name) => attributeTypeNamed(name).name)).toEqual(names);
  expect(() => attributeTypeNamed("colour")).toThrow(Error);
});

test("component classes are known by their mark, also by that of another copy", () => {
  class Shop extends Component {
    override buildDefinitions() {
      return {};
    }
  }
  const foreign = Object.assign(() => {}, { [Symbol.for("dop.component")]: true });
  expect([Shop, foreign, class {}, new Shop({}), "Shop", null].map(isComponentClass)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(new Shop({ a: 1 }).attributes).toEqual({ a: 1 });
  expect(new Shop({}).requiredTools()).toEqual([]);
});

test("joined definitions hold every list, in order", () => {
  const key = (name: string) => ({ key: assetKey(name) });
  const joined = joinDefinitions([{ assets: [key("b")] }, { pools: [] }, { assets: [key("a")] }]);
  expect(joined.assets).toEqual([key("b"), key("a")]);
  expect(Object.values(joined).every(Array.isArray)).toBe(true);
});

test("errors tell whether trying again may help, and which problems there are", () => {
  const cause = new Error("connection refused");
  expect(new StepError("no answer", { retry: "later", cause })).toMatchObject({ retry: "later", cause });
  expect(new StepError("wrong password", { retry: "never" })).not.toHaveProperty("cause");
  const span = { file: "a", start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
  const problem = { code: "file-not-found", severity: "error", message: "no a", span, related: [] } as const;
  expect(new ProblemError([problem, { ...problem, message: "no b" }])).toMatchObject({
    name: "ProblemError",
    message: "no a; no b",
    problems: [{ code: "file-not-found" }, { code: "file-not-found" }],
  });
});
