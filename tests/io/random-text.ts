const characters = [..."ab01._-/\\'\";:%{}[]()*?|<>= \n\t\0$`~#&,üß漢😀"];

/** The same texts for the same seed, up to a length, of characters that like to break things. */
export function randomText(seed: number): (longest: number) => string {
  let state = seed;
  const next = (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  return (longest) =>
    Array.from({ length: next(longest + 1) }, () => characters[next(characters.length)]).join("");
}
