/** The first line, cut to what a list can show. */
export function firstLine(text: string): string {
  const line = text.split("\n", 1)[0] as string;
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
}
