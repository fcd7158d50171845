/** Names on one line, of many only the first: `a, b, c and 7 more`. Repeated ones stand there repeatedly. */
export function namesText(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
