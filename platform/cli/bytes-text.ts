const units = ["KB", "MB", "GB", "TB"];

/** `912 bytes`, `1.5 MB`; a KB is 1,000 bytes. */
export function bytesText(bytes: number): string {
  let size = bytes;
  let unit = -1;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return unit < 0 ? `${bytes} bytes` : `${size.toFixed(1)} ${units[unit]}`;
}
