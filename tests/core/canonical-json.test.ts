import { expect, test } from "vitest";
import { canonicalJson } from "../../platform/core/canonical-json.ts";

// Numbers as in appendix B of RFC 8785.
test.for<[number, string]>([
  [0, "0"],
  [5e-324, "5e-324"],
  [-1.7976931348623157e308, "-1.7976931348623157e+308"],
  [9007199254740992, "9007199254740992"],
  [295147905179352830000, "295147905179352830000"],
  [1e21, "1e+21"],
  [9.999999999999997e22, "9.999999999999997e+22"],
  [0.000001, "0.000001"],
  [1e-7, "1e-7"],
  [333333333.3333333, "333333333.3333333"],
  [4.5, "4.5"],
  [1e30, "1e+30"],
])("the number %d is written as %s", ([number, text]) => {
  expect(canonicalJson(number)).toBe(text);
});

test("minus zero is zero", () => {
  expect(canonicalJson(-0)).toBe("0");
});

test("keys are sorted by UTF-16 code units, so an emoji stands before a Hebrew presentation form", () => {
  const keys = { "€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\u0080": 6, ö: 7 };
  expect(canonicalJson(keys)).toBe(`{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}`);
});

test("strings keep their characters besides controls, quotes and backslashes", () => {
  expect(canonicalJson('€$\u000f\nA\'B"\\"/')).toBe(String.raw`"€$\u000f\nA'B\"\\\"/"`);
});

test("mappings are sorted at every depth and lists keep their order", () => {
  expect(canonicalJson({ b: [3, { z: null, a: true }], a: { d: "", c: [] } })).toBe(
    '{"a":{"c":[],"d":""},"b":[3,{"a":true,"z":null}]}',
  );
});

test("fields without a value are left out, and in lists they are null", () => {
  expect(canonicalJson({ a: undefined, b: 1, c: undefined })).toBe('{"b":1}');
  expect(canonicalJson([undefined, 1])).toBe("[null,1]");
});

test("an object that has a JSON form gives it", () => {
  expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
});

test.for<[unknown]>([[Number.NaN], [Number.POSITIVE_INFINITY], [1n], [() => {}], [Symbol("a")], [undefined]])(
  "JSON cannot hold %o",
  ([value]) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  },
);
