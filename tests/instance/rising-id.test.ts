import { expect, test } from "vitest";
import { risingId } from "../../platform/instance/rising-id.ts";

/** More than fit in one millisecond. */
const many = Array.from({ length: 10_000 }, risingId);

test("ids rise in the order in which they are made", () => {
  expect(many.filter((id, place) => id <= (many[place - 1] ?? ""))).toEqual([]);
  expect(new Set(many).size).toBe(many.length);
});

test("ids are UUIDs of version 7", () => {
  for (const id of many.slice(0, 100))
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});
