import type { TableColumn } from "../core/metadata.ts";
import type { Row } from "../define/step.ts";

/**
 * Rows with the names and DuckDB types of their columns; an array in every other way, so that it can be looped over,
 * filtered and given on. `map`, `filter` and the like give plain arrays.
 *
 * Values are those of JSON where they can be: whole numbers are numbers as far as they are exact and bigints beyond,
 * decimals are numbers, dates and times are ISO texts (with `Z` where the column has a time zone), lists and structs
 * are arrays and objects. Binary data are Uint8Arrays.
 */
export class Table extends Array<Row> {
  readonly #columns: readonly TableColumn[];

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  constructor(rows: readonly Row[], columns: readonly TableColumn[]) {
    super();
    // One by one: spreading a large array into `push` overflows the stack.
    for (const row of rows) this.push(row);
    this.#columns = columns;
  }

  get columns(): readonly TableColumn[] {
    return this.#columns;
  }

  get numRows(): number {
    return this.length;
  }

  /** Plain rows, for those who ask as one asks an Arrow table. */
  toArray(): Row[] {
    return Array.from(this);
  }
}
