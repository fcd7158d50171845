export interface Finding {
  /** `note`: it can do without. */
  readonly verdict: "ok" | "note" | "bad";
  readonly subject: string;
  readonly text: string;
}
