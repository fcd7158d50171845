import { expect, test } from "vitest";
import type { CodeReference } from "../../platform/core/code-reference.ts";
import { type Placed, placeOf } from "../../platform/graph/place.ts";

const file = "defs/shop/component.yaml";
const component = { file, document: 2, type: "lib.Thing", line: 5 };
const at = (line: number, column?: number): CodeReference =>
  column === undefined ? { file, line } : { file, line, column, endColumn: column + 4 };

test.for<{ what: string; definition: Placed; place: readonly [string, number, number, number] }>([
  {
    what: "the field's own place",
    definition: { origins: { cron: at(9, 7), name: at(8, 7) }, codeReferences: [at(5)] },
    place: [file, 9, 7, 11],
  },
  {
    what: "the nearest reference into the component's file",
    definition: { codeReferences: [at(5), at(11, 5), { file: "defs/shop/orders.sql", line: 1 }] },
    place: [file, 11, 5, 9],
  },
  {
    what: "its name where only the document is known besides",
    definition: { origins: { name: at(8, 7) }, codeReferences: [at(5)] },
    place: [file, 8, 7, 11],
  },
  { what: "the document", definition: { codeReferences: [at(5)] }, place: [file, 5, 1, 1] },
  {
    what: "another file where it stands in no component file",
    definition: { codeReferences: [{ file: "defs/orders.ts", line: 3 }] },
    place: ["defs/orders.ts", 3, 1, 1],
  },
  { what: "the component where nothing is known", definition: {}, place: [file, 5, 1, 1] },
])("a problem of a field points at $what", ({ definition, place: [inFile, line, from, to] }) => {
  expect(placeOf(definition, component, "cron")).toEqual({
    file: inFile,
    start: { line, column: from },
    end: { line, column: to },
  });
});
