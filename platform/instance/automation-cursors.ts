/** Name of the cursor that tells where the window of an automation group's last tick ended. */
export function groupTurnName(group: string): string {
  return `automation-turn/${group}`;
}

/** Before the keys whose states a group keeps. Names may hold slashes, so its own is closed off from what follows. */
export function groupStatesPrefix(group: string): string {
  return `automation/${JSON.stringify(group)}/`;
}

/** End of the window, by what is kept under `groupTurnName`. */
export function windowOfTurn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as { readonly cursor: number }).cursor;
}

/** Before the keys of assets under which it is kept how fresh they were judged. */
export const freshnessRecords = "freshness/";
