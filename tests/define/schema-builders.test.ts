import { Type as Typebox } from "typebox";
import { describe, expect, test } from "vitest";
import { Type } from "../../platform/define/schema-builders.ts";

type Builders = typeof Type;

/** The JSON and the marks that are no part of it, all the way down. */
function described(schema: object): unknown {
  return Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(schema)).map(([key, { value, enumerable }]) => [
      `${key}${enumerable ? "" : " (hidden)"}`,
      typeof value === "object" && value !== null ? described(value) : value,
    ]),
  );
}

describe("a schema is the one that typebox builds", () => {
  const cases: readonly (readonly [title: string, build: (from: Builders) => object])[] = [
    ["any", (from) => from.Any()],
    ["unknown with a description", (from) => from.Unknown({ description: "whatever" })],
    ["a list", (from) => from.Array(from.String(), { minItems: 1 })],
    ["a boolean", (from) => from.Boolean({ default: false })],
    ["an enum", (from) => from.Enum(["off", "on"])],
    ["an integer", (from) => from.Integer({ minimum: 0 })],
    ["a number", (from) => from.Number()],
    ["null", (from) => from.Null()],
    ["a literal text", (from) => from.Literal("daily")],
    ["a literal number", (from) => from.Literal(3, { description: "three" })],
    ["a literal boolean", (from) => from.Literal(true)],
    ["an empty object", (from) => from.Object({}, { additionalProperties: false })],
    [
      "an object whose optional properties are not required",
      (from) => from.Object({ a: from.String(), b: from.Optional(from.Integer()) }),
    ],
    ["an object of optional properties alone", (from) => from.Object({ a: from.Optional(from.Any()) })],
    ["a record", (from) => from.Record(from.String(), from.Integer(), { description: "counts" })],
    ["a union", (from) => from.Union([from.String(), from.Null()], { description: "or nothing" })],
    ["an unsafe schema", (from) => from.Unsafe<string>({ "x-dop-type": "duration" })],
    ["an optional unsafe schema", (from) => from.Optional(from.Unsafe<string>({ type: "string" }))],
    ["an unsafe copy of an optional one", (from) => from.Unsafe<string>(from.Optional(from.String()))],
  ];
  test.for(cases)("%s", ([, build]) => {
    expect(described(build(Type))).toEqual(described(build(Typebox as Builders)));
  });
});

test("typebox leaves out of `required` what these builders made optional", () => {
  expect(Typebox.Object({ a: Type.Optional(Type.String()), b: Type.String() }).required).toEqual(["b"]);
});

test("a record with a pattern for its keys is refused", () => {
  expect(() => Type.Record(Type.String({ pattern: "^a" }), Type.Any())).toThrow("any text");
});
