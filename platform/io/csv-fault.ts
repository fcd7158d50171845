/**
 * What DuckDB says of a CSV file that it cannot read, with file, line, column and reason in its first line, because that
 * is what lists show. Any other message is as it was.
 */
export function csvFaultText(message: string): string {
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  if (line === undefined) return message;
  const original = /^Original Line: ?(.*)$/m.exec(message)?.[1];
  const [, column, conversion] = /^Error when converting column "(.*?)"\. (.*)$/m.exec(message) ?? [];
  const file = /^\s*file = (.+)$/m.exec(message)?.[1]?.trim();
  const place = [
    ...(file === undefined ? [] : [file]),
    `line ${line}`,
    ...(column === undefined ? [] : [`column "${column}"`]),
  ].join(", ");
  const reason = conversion ?? (original === undefined ? undefined : reasonAfter(message, original));
  return `${place}: ${reason ?? "the CSV cannot be read"}\n${message}`;
}

/** The sentence that follows the line of the file. */
function reasonAfter(message: string, original: string): string | undefined {
  const lines = message.split("\n");
  const at = lines.findIndex((line) => line.startsWith("Original Line:") && line.endsWith(original));
  return lines
    .slice(at + 1)
    .find((line) => line.trim() !== "")
    ?.trim();
}
