/** A selection that dbt would refuse: what is wrong, and where in the text of it. */
export class NodeSelectionError extends Error {
  override readonly name = "NodeSelectionError";
  readonly hint: string | undefined;
  /** The stretch of the selection that is wrong; `undefined` for a definition that is no text. */
  readonly place: TextPlace | undefined;

  constructor(
    message: string,
    { hint, place }: { hint?: string | undefined; place?: TextPlace | undefined } = {},
  ) {
    super(message);
    this.hint = hint;
    this.place = place;
  }
}

/** Half-open, in characters from the start of the text; a list of texts counts as one with blanks between. */
export interface TextPlace {
  readonly of: "select" | "exclude";
  readonly start: number;
  readonly end: number;
}
