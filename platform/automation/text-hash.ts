/** 32-bit FNV-1a of a text, the same on every machine. Other starts give independent hashes. */
export function textHash(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
