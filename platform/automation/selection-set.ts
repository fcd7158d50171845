/** Keys that a selection names. */
export interface SelectionSet {
  has(key: string): boolean;
}
