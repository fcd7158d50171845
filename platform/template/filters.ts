import { listFilters } from "./list-filters.ts";
import { momentOperations } from "./moment-operations.ts";
import type { Operation } from "./signature.ts";
import { textFilters } from "./text-filters.ts";
import { valueFilters } from "./value-filters.ts";

/** Jinja's filters with Jinja's meaning, without those that draw lots, make HTML or reach into objects. */
export const filters: ReadonlyMap<string, Operation> = new Map([
  ...textFilters,
  ...listFilters,
  ...valueFilters,
  ...momentOperations,
]);
