/** Where a definition was written. `file` is relative to the project; `url` is made at the snapshot's commit. */
export interface CodeReference {
  readonly file: string;
  readonly line: number;
  /** Counted from 1; absent means that only the line is known. */
  readonly column?: number;
  /** Exclusive; absent where it is not known or on another line. */
  readonly endColumn?: number;
  readonly url?: string;
}

/** Where each field of a spec was set, by the field's name; what is not listed stands where the spec stands. */
export type Origins = { readonly [field: string]: CodeReference };
